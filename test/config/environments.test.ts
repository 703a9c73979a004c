import fc from 'fast-check';
import { parseJson } from '../support/json.ts';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { overlay } from '../../src/config/overlay.ts';
import { parseConfig, type ParsedConfig } from '../../src/config/parse.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { isToolError } from '../../src/core/errors.ts';
import { renderError } from '../../src/render/error.ts';
import { styleFor } from '../../src/render/style.ts';

function seen(text: string, environment?: string): ParsedConfig {
  return parseConfig(text, '/w/coracle.yaml', 'coracle.yaml', () => environment);
}

function problem(text: string, environment?: string): string {
  try {
    seen(text, environment);
  } catch (error) {
    if (isToolError(error, 'CONFIG_INVALID')) return renderError(error, styleFor(false));
    throw error;
  }
  throw new Error(`${text} was taken`);
}

const file = `
image: registry.example.com/api
env: {LEVEL: info, REGION: eu}
platforms: [linux/amd64, linux/arm64]
healthcheck: {cmd: [/api, check], interval: 10s}
deploy:
  hosts: [web1, web2]
  resources: {memory: 512MiB, cpus: 2}
  strategy: {type: canary, steps: [10%, 100%]}
environments:
  staging:
    env: {LEVEL: debug, REGION: null}
    platforms: [linux/amd64]
    healthcheck: false
    deploy:
      hosts: [stage]
      resources: {memory: null}
      strategy: all
  production: {}
  empty:
`;

describe('an environment', () => {
  test('merges maps, replaces lists and values, and removes what is null', () => {
    expect(seen(file, 'staging').config).toEqual({
      image: 'registry.example.com/api',
      env: { LEVEL: 'debug' },
      platforms: ['linux/amd64'],
      healthcheck: false,
      deploy: { hosts: ['stage'], resources: { cpus: '2' }, strategy: 'all' },
    });
  });

  test('that says nothing is the file without environments; so is none', () => {
    const base = seen(file.slice(0, file.indexOf('environments:')));
    for (const name of ['production', 'empty', undefined])
      expect(seen(file, name).config).toEqual(base.config);
    expect(seen(file).environments).toEqual(['staging', 'production', 'empty']);
  });

  test('each value knows its line, of the file or of the environment', () => {
    const { from, overlay } = seen(file, 'staging');
    expect(from(['env', 'LEVEL']).where?.line).toBe(12);
    expect(from(['image']).where?.line).toBe(2);
    expect(from(['deploy', 'resources', 'cpus']).where?.line).toBe(8);
    expect(from(['deploy', 'hosts', 0]).where?.line).toBe(16);
    expect([overlay?.line, (overlay?.endLine ?? 0) >= 18]).toEqual([12, true]);
  });

  test('that is not there is told from those that are', () => {
    expect(problem(file, 'stagin')).toContain('Did you mean staging? It has staging, production, empty.');
    expect(problem(file, 'prod')).toContain('Did you mean production?');
    expect(problem('image: a\n', 'prod')).toContain('Leave it out, or write environments: {prod: {}}.');
  });

  test.each([
    ['environments: {Prod: {}}', 'environments does not take the name "Prod"', '1:16'],
    ['environments: {prod: {prots: [1]}}', 'environments.prod has no key "prots"', 'Did you mean ports?'],
    ['environments: {prod: {environments: {}}}', 'environments.prod has no key "environments"', '1:23'],
    ['environments: [prod]', 'environments must be a map, not a list', '1:15'],
    [
      'environments: {prod: {deploy: {restart: sometimes}}}',
      'environments.prod.deploy.restart is',
      'on-failure',
    ],
  ])('%s is an error, whichever is asked for', (text, ...words) => {
    for (const word of words) expect(problem(text)).toContain(word);
  });

  test('may have what the rest lacks, and must when it is chosen', () => {
    const text = `
deploy: {accessories: {redis: {memory: 1GiB}}}
environments:
  good: {deploy: {accessories: {redis: {image: redis}}}}
  bad: {}
`;
    expect(seen(text).config.deploy).toEqual({ accessories: { redis: { memory: '1GiB' } } });
    expect(seen(text, 'good').config.deploy).toEqual({
      accessories: { redis: { memory: '1GiB', image: 'redis' } },
    });
    expect(problem(text, 'bad')).toContain('deploy.accessories.redis needs the key image');
    expect(problem('deploy: {accessories: {redis: {memory: 1GiB}}}')).toContain('needs the key image');
  });

  test('anchors and merge keys reach into it', () => {
    const text = `
deploy: &base {hosts: [a], env: {X: 1}}
environments:
  prod:
    deploy:
      <<: *base
      hosts: [b]
      env: {X: null, Y: 2}
`;
    expect(seen(text, 'prod').config.deploy).toEqual({ hosts: ['b'], env: { Y: '2' } });
  });

  test('a key without a value in the file itself still says nothing', () => {
    expect(seen('env:\nimage: a\nenvironments: {x: {image: b}}', 'x').config).toEqual({ image: 'b' });
  });
});

test('laying one map over another is what the rules say, whatever is in them', () => {
  type Tree = string | null | string[] | { [key: string]: Tree };
  const { tree } = fc.letrec<{ tree: Tree; map: { [key: string]: Tree } }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('x', 'y'),
      fc.constant(null),
      fc.constant<string[]>(['l']),
      tie('map'),
    ),
    map: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('tree'), { maxKeys: 3 }),
  }));
  const isMap = (value: Tree | undefined): value is { [key: string]: Tree } =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  /** The rules again, on plain values. */
  const laid = (under: Tree | undefined, over: Tree): Tree | undefined => {
    if (over === null) return undefined;
    if (!isMap(over)) return over;
    const result: Record<string, Tree> = isMap(under) ? { ...under } : {};
    for (const [key, value] of Object.entries(over)) {
      const inner = laid(result[key], value);
      if (inner === undefined) delete result[key];
      else result[key] = inner;
    }
    return result;
  };
  /** A null that nothing was laid over says nothing. */
  const said = (value: Tree): Tree =>
    isMap(value)
      ? Object.fromEntries(
          Object.entries(value).flatMap(([key, each]) => (each === null ? [] : [[key, said(each)]])),
        )
      : value;
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), tree),
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), tree),
      (under, over) => {
        const yaml = parseYaml(stringify({ under, over }, { aliasDuplicateObjects: false }), 'f');
        const [one, other] = yaml.root ? yaml.entries(yaml.root).map(({ value }) => value) : [];
        const merged = parseJson<Tree>(JSON.stringify(overlay(yaml, one, other)));
        expect(said(merged)).toEqual(said(laid(under, over) ?? {}));
      },
    ),
    { numRuns: 300 },
  );
});
