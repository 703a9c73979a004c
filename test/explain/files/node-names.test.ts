import { expect, test } from 'vitest';
import { nameBuilder, nameReader } from '../../../src/explain/files/name-column.ts';
import { nodeNames } from '../../../src/explain/files/node-names.ts';

/** Also such as are no UTF-8: a byte of its own stands as a lone surrogate. */
const odd = ['', 'a', 'é', '\u{1f600}', '\udcff', 'x\udc80y', '\ufffd', 'a'.repeat(5000)];

test('names come out of a column as they went in, whatever their bytes', () => {
  const builder = nameBuilder();
  for (const name of odd) builder.push(name);
  const read = nameReader(structuredClone(builder.done()));
  expect(odd.map((_, index) => read(index))).toEqual(odd);
  expect(read(odd.length)).toBe('');
});

test('nodes are found by parent and name, and listed in their order, when there are many', () => {
  const names = nodeNames();
  names.add(-1, '');
  for (let node = 1; node <= 3000; node++) names.add((node - 1) % 3, `n${node}`);
  for (let node = 1; node <= 3000; node++) {
    expect(names.find((node - 1) % 3, `n${node}`)).toBe(node);
    expect(names.find(node % 3, `n${node}`)).toBe(-1);
  }
  expect([...names.below(2)].slice(0, 3)).toEqual([3, 6, 9]);
  expect(names.of(3000)).toBe('n3000');
});

test('a name that was removed is found again when it comes again, at the end', () => {
  const names = nodeNames();
  names.add(-1, '');
  for (const name of ['a', 'b', 'c', ...odd.slice(1)]) names.add(0, name);
  names.remove(1);
  expect(names.find(0, 'a')).toBe(4);
  names.remove(4);
  expect(names.find(0, 'a')).toBe(-1);
  names.add(0, 'a');
  expect(names.find(0, 'a')).toBe(odd.length + 3);
  expect([...names.below(0)].at(-1)).toBe(odd.length + 3);
  for (const name of odd.slice(2)) expect(names.of(names.find(0, name))).toBe(name);
});
