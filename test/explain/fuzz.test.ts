/** Damaged archives of images: explained, in part, or refused. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { tempDir } from '../support/ctx.ts';
import { runFuzzWorker } from '../support/fuzz.ts';

const worker = path.join(import.meta.dirname, 'fuzz-worker.ts');

it('a damaged archive is explained as far as it can be read, or refused', async () => {
  const runs = process.env['CORACLE_TEST_FULL'] === '1' ? 20_000 : 1000;
  const { outcomes, memory } = await runFuzzWorker(worker, [String(runs), tempDir()]);
  expect(outcomes['explained']).toBeGreaterThan(0);
  expect(outcomes['partial']).toBeGreaterThan(0);
  expect(outcomes['refused']).toBeGreaterThan(0);
  // Of archives of 30 kB.
  expect(memory).toBeLessThan(400e6);
});
