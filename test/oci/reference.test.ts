import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToolError, isToolError } from '../../src/core/errors.ts';
import { formatReference, isLoopback, parseReference, withDefaultTag } from '../../src/oci/reference.ts';
import type { Reference } from '../../src/oci/reference.ts';

const hex = 'a'.repeat(64);

function refusal(text: string): ToolError {
  try {
    parseReference(text);
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

describe('parseReference', () => {
  it.each<[string, Reference]>([
    ['gin', { registry: 'docker.io', repository: 'library/gin' }],
    ['gin:1.10', { registry: 'docker.io', repository: 'library/gin', tag: '1.10' }],
    ['team/gin', { registry: 'docker.io', repository: 'team/gin' }],
    ['docker.io/gin', { registry: 'docker.io', repository: 'library/gin' }],
    ['index.docker.io/team/gin', { registry: 'docker.io', repository: 'team/gin' }],
    ['localhost/gin', { registry: 'localhost', repository: 'gin' }],
    ['localhost:5000/a/b/c:x', { registry: 'localhost:5000', repository: 'a/b/c', tag: 'x' }],
    ['ghcr.io/a/b__c--d.e', { registry: 'ghcr.io', repository: 'a/b__c--d.e' }],
    ['[::1]:5000/a', { registry: '[::1]:5000', repository: 'a' }],
    ['HOST/a', { registry: 'HOST', repository: 'a' }],
    [
      `gin:1@sha256:${hex}`,
      { registry: 'docker.io', repository: 'library/gin', tag: '1', digest: `sha256:${hex}` },
    ],
    [`r.example/x@sha256:${hex}`, { registry: 'r.example', repository: 'x', digest: `sha256:${hex}` }],
  ])('%s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    '',
    ' ',
    'Gin',
    'a//b',
    '/a',
    'a/',
    'a:',
    'a@',
    ':x',
    'a:b:c',
    'a b',
    'a\n',
    '-a',
    'a-',
    'a_',
    'a___b',
    'a..b',
    'a._b',
    hex,
    'https://ghcr.io/a/b',
    'r.example:99999/a',
    'r.example:/a',
    '[::::]/a',
    '[::1/a',
    'a:.x',
    'a:-x',
    `a:${'x'.repeat(129)}`,
    `a@sha256:${hex.slice(1)}`,
    `a@sha256:${'A'.repeat(64)}`,
    `a@sha512:${hex}${hex}`,
    `a@sha256:${hex}@sha256:${hex}`,
    `r.example/${'a'.repeat(256)}`,
    'r.example/é',
    'a/../b',
    './a',
    'é.example/a',
    'a'.repeat(5000),
  ])('refuses %j', (text) => {
    const error = refusal(text);
    expect(error.code).toBe('REFERENCE_INVALID');
    expect(error.hint).toBeTypeOf('string');
  });

  it('says what to do about an upper-case name and a URL', () => {
    expect(refusal('ghcr.io/Team/App').hint).toContain('team/app');
    expect(refusal('https://ghcr.io/a/b').hint).toContain('ghcr.io/a/b');
  });

  it('gives a reference or REFERENCE_INVALID for any text', () => {
    const pieces = fc.constantFrom(
      'a',
      'B',
      '/',
      ':',
      '@',
      '.',
      '-',
      '_',
      '__',
      'sha256',
      hex,
      'localhost',
      '[::1]',
      '5000',
      ' ',
      '\0',
      'docker.io',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 9 }).map((list) => list.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const reference = parseReference(text);
          expect(parseReference(formatReference(reference))).toEqual(reference);
        } catch (error) {
          if (!isToolError(error, 'REFERENCE_INVALID')) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const component = fc
  .tuple(word, fc.array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '---'), word), { maxLength: 2 }))
  .map(([first, rest]) => first + rest.flat().join(''));
const registry = fc.oneof(
  fc.constantFrom('docker.io', 'localhost', 'localhost:5000', '127.0.0.1:5000', '[::1]:5000'),
  fc
    .tuple(word, fc.option(fc.integer({ min: 1, max: 65535 })))
    .map(([name, port]) => `${name}.example${port === null ? '' : `:${port}`}`),
);
const repository = fc.array(component, { minLength: 1, maxLength: 3 }).map((list) => list.join('/'));
const tag = fc.option(fc.stringMatching(/^\w[\w.-]{0,127}$/), { nil: undefined });
const digest = fc.option(fc.stringMatching(/^[0-9a-f]{64}$/), { nil: undefined });

function compose(host: string, name: string, label: string | undefined, hash: string | undefined): Reference {
  const inHub = host === 'docker.io' && !name.includes('/');
  return {
    registry: host,
    repository: inHub ? `library/${name}` : name,
    ...(label !== undefined && { tag: label }),
    ...(hash !== undefined && { digest: `sha256:${hash}` }),
  };
}

const references = fc.tuple(registry, repository, tag, digest).map((parts) => compose(...parts));

describe('formatReference', () => {
  it('parses back to the same, long and short', () => {
    fc.assert(
      fc.property(references, (reference) => {
        expect(parseReference(formatReference(reference))).toEqual(reference);
        expect(parseReference(formatReference(reference, { short: true }))).toEqual(reference);
      }),
    );
  });

  it.each([
    ['docker.io/library/gin:1', 'gin:1'],
    ['docker.io/team/gin', 'team/gin'],
    ['docker.io/library/a/b', 'library/a/b'],
    ['docker.io/localhost/a', 'docker.io/localhost/a'],
    ['docker.io/a.b/c', 'docker.io/a.b/c'],
    [`docker.io/library/${hex}`, `docker.io/library/${hex}`],
    ['ghcr.io/library/gin', 'ghcr.io/library/gin'],
  ])('shows %s as %s', (long, short) => {
    expect(formatReference(parseReference(long), { short: true })).toBe(short);
  });
});

it('fills in latest only where there is neither tag nor digest', () => {
  expect(withDefaultTag(parseReference('gin')).tag).toBe('latest');
  expect(withDefaultTag(parseReference('gin:1')).tag).toBe('1');
  expect(withDefaultTag(parseReference(`gin@sha256:${hex}`)).tag).toBeUndefined();
});

const loopbacks = [
  'localhost',
  'localhost:5000',
  '127.0.0.1',
  '127.9.9.9:1',
  '[::1]:5000',
  '[0:0:0:0:0:0:0:1]',
  'a.localhost',
];
const strangers = [
  'localhost.example',
  '127.0.0.1.example',
  '128.0.0.1',
  '[::2]',
  '0.0.0.0',
  'docker.io',
  'localhost.:x',
];

it('takes only this machine for a loopback', () => {
  expect(loopbacks.filter((name) => !isLoopback(name))).toEqual([]);
  expect(strangers.filter(isLoopback)).toEqual([]);
});
