import { expect, test } from 'vitest';
import { layersOfFiles, listFiles } from '../../../src/explain/sums/files.ts';
import { sumLedger } from '../../../src/explain/sums/ledger.ts';
import { measure } from '../../../src/explain/sums/measures.ts';
import { treeBuilder } from '../../../src/explain/tree.ts';
import { image, library, program } from '../fixture.ts';

test.each([program(), library()])(
  'every way of adding a ledger up gives the size of the file',
  ({ ledger }) => {
    const { shares, groups, kinds, evidence } = sumLedger(ledger);
    const sum = (items: readonly { bytes: number }[]): number =>
      items.reduce((all, { bytes }) => all + bytes, 0);
    expect([sum(groups), sum(kinds), sum(evidence)]).toEqual([ledger.size, ledger.size, ledger.size]);
    const { assigned, shared, structure, estimated, unknown } = shares;
    expect(assigned + shared + structure + estimated + unknown).toBe(ledger.size);
  },
);

test('bytes by estimate, and bytes of a package without evidence, are not assigned', () => {
  const { ledger } = program();
  const rows = ledger.rows.map((row) => (row.account === 3 ? { ...row, evidence: 'none' as const } : row));
  const { shares } = sumLedger({ ...ledger, rows });
  expect(shares).toEqual({ assigned: 720_000, shared: 800, structure: 4096, estimated: 0, unknown: 52_104 });
});

test('files are listed by path; what a view shows inside of one is passed over', () => {
  expect(listFiles(image().trees.files).map(({ path, bytes }) => `${path} ${bytes}`)).toEqual([
    '/etc/passwd 120',
    '/etc/ssl/cert.pem 180000',
    '/app/server 777000',
  ]);
  expect(listFiles(undefined)).toEqual([]);
});

test('a file is of the topmost layer that has it, and of none when it was deleted there', () => {
  const tree = treeBuilder();
  tree.add(-1, 'image', 'image', 0);
  const lower = tree.add(0, 'one', 'layer', 0);
  const upper = tree.add(0, 'two', 'layer', 0);
  tree.add(lower, 'a', 'file', 1);
  tree.add(lower, 'b', 'file', 1);
  tree.add(lower, 'c', 'file', 1);
  tree.add(upper, 'a', 'file', 1);
  tree.add(upper, 'b', 'deleted', 0);
  expect([...layersOfFiles(tree.done())]).toEqual([
    ['/a', 1],
    ['/c', 0],
  ]);
});

test('measures are plain JSON, with the commit from the label before that of the program', () => {
  const measures = measure(image());
  expect(JSON.parse(JSON.stringify(measures))).toEqual(measures);
  expect(measures.revision).toBe('0a1b2c3d4e5f60718293a4b5c6d7e8f901234567');
  const { config } = image();
  const Labels = { 'org.opencontainers.image.revision': 'fromlabel' };
  expect(measure({ ...image(), config: { ...config, config: { Labels } } }).revision).toBe('fromlabel');
});
