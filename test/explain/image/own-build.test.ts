import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { coracleOk } from '../../e2e/coracle.ts';
import { tiny } from '../../e2e/tiny.ts';
import type { ImageExplanation } from '../../../src/explain/types.ts';
import { sharedTempDir, tempDir, testCtx } from '../../support/ctx.ts';
import { explainImageAt } from '../images.ts';

const { directory, remove } = sharedTempDir();
const home = path.join(directory, 'home');

beforeAll(async () => {
  const source = tiny(path.join(directory, 'tiny'));
  await coracleOk(
    ['build', '-t', 'tiny:1', '-o', `type=docker,dest=${path.join(directory, 'tiny.tar')}`, source],
    {
      cwd: directory,
      env: { CORACLE_HOME: home },
    },
  );
});

afterAll(remove);

test.each(['tiny:1', 'docker-archive:tiny.tar'])(
  'an image of our own build, as %s, says where all its bytes come from',
  async (what) => {
    const found = await explainImageAt(testCtx({ home, cwd: directory }), what, { binaries: true });
    expect(found.layers.map(({ from }) => from)).toEqual(found.layers.map(() => 'graph'));
    expect(found.layers.at(-1)?.createdBy).toBe('coracle build (program)');
    expect(found.problems).toEqual([]);
    expect(found.trees.layers?.bytes[0]).toBe(found.unpacked);
    const [program] = found.binaries;
    expect(program?.source).toBe((found.config.config?.Entrypoint ?? [])[0]);
    expect(program?.ledger.rows.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(program?.ledger.size);
    expect(found.trees.modules?.bytes[0]).toBe(program?.ledger.size);
    expect(found.trees.modules?.names).toContain('example.com/tiny');
    expect(found.waste).toEqual([]);
    expect(found.efficiency).toBe(1);
  },
);

test('who looks early sees the files before the program is read, and the same as everybody afterwards', async () => {
  const seen: ImageExplanation[] = [];
  const ctx = testCtx({ home: tempDir(), cwd: directory });
  const early = (explanation: ImageExplanation): void => void seen.push(explanation);
  const what = 'docker-archive:tiny.tar';
  const found = await explainImageAt(ctx, what, { binaries: true, early });
  const plain = await explainImageAt(testCtx({ home: tempDir(), cwd: directory }), what, { binaries: true });
  expect(found.binaries).toEqual(plain.binaries);
  expect(found.binaries).toHaveLength(1);
  expect(seen).toHaveLength(1);
  expect(seen[0]?.binaries).toEqual([]);
  expect(seen[0]?.trees.files).toEqual(plain.trees.files);
  expect(seen[0]?.layers).toEqual(found.layers);
});
