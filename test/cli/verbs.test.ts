import { describe, expect, test } from 'vitest';
import { buildFlags } from '../../src/cli/build-flags.ts';
import { explainFlags } from '../../src/cli/explain-flags.ts';
import { helpFor } from '../../src/cli/help.ts';
import { globalFlags, isFamily, type ActingVerb, type Verb } from '../../src/cli/verb.ts';
import { verbs } from '../../src/cli/verbs.ts';
import { configSchema, type Schema } from '../../src/config/schema.ts';
import { displayWidth } from '../../src/render/width.ts';

const all = await Promise.all(
  Object.entries(verbs).map(async ([name, load]): Promise<[string, Verb]> => [name, await load()]),
);
const acting = all.flatMap(([name, verb]): [string, ActingVerb][] =>
  isFamily(verb) ? verb.verbs.map((member) => [`${name} ${member.name}`, member]) : [[name, verb]],
);

describe.each(acting)('%s', (name, verb) => {
  const flags = [...verb.flags, ...globalFlags];

  test('is called as it says', () => {
    expect(name.split(' ').at(-1)).toBe(verb.name);
  });

  test('has no two flags of one name or letter', () => {
    const names = flags.flatMap((flag) => [flag.name, ...('aliases' in flag ? (flag.aliases ?? []) : [])]);
    const letters = flags.flatMap((flag) => ('short' in flag && flag.short ? [flag.short] : []));
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(letters).size).toBe(letters.length);
  });

  test('explains every flag in whole sentences, and names every value', () => {
    expect(flags.filter((flag) => !/^(`|[A-Z]).*[.)]$/s.test(flag.help))).toEqual([]);
    expect(flags.filter((flag) => 'value' in flag !== (flag.type === 'string'))).toEqual([]);
  });

  test('has help within 80 columns that shows each flag', async () => {
    const help = await helpFor(name.split(' '));
    const lines = help.split('\n').filter((text) => !text.startsWith('  coracle'));
    expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([]);
    for (const flag of flags)
      if (!('hidden' in flag && flag.hidden))
        expect(help).toContain(`${'on' in flag && flag.on ? '--no-' : '--'}${flag.name}`);
  });

  test('has examples that parse', async () => {
    const { parse, checkArgs } = await import('../../src/cli/parse.ts');
    for (const { command } of verb.examples) {
      const line = /coracle ([^<>)|]*)/.exec(command)?.[1] ?? '';
      // As a shell splits them: what stands in quotes is one word.
      const split = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      const words = split.slice(name.split(' ').length);
      const spec = { command: `coracle ${name}`, flags, args: verb.args, rest: verb.rest };
      expect(() => checkArgs(parse(words, spec), spec)).not.toThrow();
    }
  });
});

test('every key of coracle.yaml is also a flag of build, or of explain', () => {
  const keys = Object.entries(configSchema.properties ?? {}).flatMap(([name, schema]: [string, Schema]) => {
    const inner = ['go', 'dockerfile', 'debian', 'alpine'].includes(name)
      ? schema.properties
      : name === 'healthcheck' || name === 'base'
        ? schema.anyOf?.[0]?.properties
        : undefined;
    return inner ? Object.keys(inner).map((key) => (key === 'name' ? name : `${name}.${key}`)) : [name];
  });
  const flags = new Set<string>(
    [...buildFlags, ...explainFlags].flatMap((flag) => ('config' in flag ? [flag.config] : [])),
  );
  // WHAT itself says which main package; hosts have flags of their own; deploying is told by the file alone; `coracle base verify` runs what is to be run in a base.
  const elsewhere = new Set(['main', 'registries', 'base.verify', 'name', 'deploy', 'environments', 'ship']);
  expect(keys.filter((key) => !flags.has(key) && !elsewhere.has(key))).toEqual([]);
});

test('every flag that names a key names one that there is', () => {
  const at = (key: string): Schema | undefined =>
    key
      .replace(': false', '')
      .split('.')
      .reduce<Schema | undefined>(
        (schema, part) => (schema?.properties ?? schema?.anyOf?.[0]?.properties)?.[part],
        configSchema,
      );
  expect(buildFlags.filter((flag) => 'config' in flag && !at(flag.config))).toEqual([]);
});
