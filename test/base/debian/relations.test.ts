import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRelations, writeRelation } from '../../../src/base/debian/relations.ts';

test('a relation field is read with versions, architectures and alternatives', () => {
  expect(
    parseRelations('libc6 (>= 2.36), debconf (>= 0.5) | debconf-2.0, python3:any (<< 3.14~), a(= 1:2-3)'),
  ).toEqual([
    [{ name: 'libc6', version: { operator: '>=', version: '2.36' } }],
    [{ name: 'debconf', version: { operator: '>=', version: '0.5' } }, { name: 'debconf-2.0' }],
    [{ name: 'python3', architecture: 'any', version: { operator: '<<', version: '3.14~' } }],
    [{ name: 'a', version: { operator: '=', version: '1:2-3' } }],
  ]);
  expect(parseRelations('')).toEqual([]);
  expect(parseRelations(' , a ,')).toEqual([[{ name: 'a' }]]);
});

test('the old operators mean "or equal"', () => {
  expect(parseRelations('a (< 1), b (> 2)').flat().map(writeRelation)).toEqual(['a (<= 1)', 'b (>= 2)']);
});

test('what cannot be read is a relation that no package meets, not none', () => {
  expect(parseRelations('libc6 (>= , UPPER, a b')).toEqual([
    [{ name: 'libc6 (>=' }],
    [{ name: 'UPPER' }],
    [{ name: 'a b' }],
  ]);
});

test('what is written is read as the same', () => {
  const relation = fc.record(
    {
      name: fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{0,9}$/),
      architecture: fc.constantFrom('any', 'amd64'),
      version: fc.record({
        operator: fc.constantFrom('<<', '<=', '=', '>=', '>>'),
        version: fc.stringMatching(/^[0-9][A-Za-z0-9.+:~-]{0,9}$/),
      }),
    },
    { requiredKeys: ['name'] },
  );
  fc.assert(
    fc.property(fc.array(fc.array(relation, { minLength: 1, maxLength: 3 }), { maxLength: 4 }), (groups) => {
      const text = groups.map((group) => group.map(writeRelation).join(' | ')).join(', ');
      expect(parseRelations(text)).toEqual(groups);
    }),
  );
});

test('a field of a million brackets is read in no time', () => {
  expect(parseRelations(`a ${'['.repeat(1_000_000)}`)).toHaveLength(1);
  expect(parseRelations(`a ${'<b>'.repeat(300_000)}!`)).toHaveLength(1);
});
