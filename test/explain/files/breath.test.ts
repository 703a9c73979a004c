import { expect, test } from 'vitest';
import { breathEvery } from '../../../src/explain/files/breath.ts';
import { explainFiles } from '../../../src/explain/files/explain-files.ts';
import { mergeScans } from '../../../src/explain/files/merge.ts';
import { scanBuilder } from '../../../src/explain/files/scan.ts';
import { filesTree } from '../../../src/explain/files/trees.ts';
import { pathWaste } from '../../../src/explain/files/waste/by-path.ts';
import { duplicateWaste } from '../../../src/explain/files/waste/duplicates.ts';
import { elfWaste } from '../../../src/explain/files/waste/elf.ts';
import { lostWaste } from '../../../src/explain/files/waste/lost.ts';
import { marksOf } from '../../../src/explain/files/waste/marks.ts';

const around = { compiler: false, node: false, standalone: false };
const scan = scanBuilder();
for (let each = 0; each < breathEvery; each++)
  scan.add({ path: `d/${each}`, type: 'file', size: 1, mode: 0o644, uid: 0, gid: 0, mtime: 0 }, 0);
const merged = await mergeScans([scan.done()]);
const marks = marksOf(merged.contents);
const tired = async (): Promise<never> => {
  throw new Error('enough');
};

test.each([
  ['what was lost', async () => lostWaste(merged, marks, { stepOf: () => '', around }, tired)],
  ['where files lie', async () => pathWaste(merged, marks, around, tired)],
  ['copies', async () => duplicateWaste(merged, marks, () => undefined, tired)],
  ['debug data', async () => elfWaste(merged, marks, tired)],
  ['the tree', async () => filesTree('x', merged, () => undefined, tired)],
  [
    'all of it',
    async () =>
      explainFiles(merged, {
        ...{ name: 'x', around, breathe: tired },
        ...{ hashOf: () => undefined, stepOf: () => '' },
      }),
  ],
])('who interrupts while very many files are looked through for %s is heard', async (_, work) => {
  await expect(work()).rejects.toThrow('enough');
});
