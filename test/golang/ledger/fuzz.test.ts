/** Damaged programs: a ledger that still sums, or a refusal. Tens of thousands of them are in test/full/ledger-fuzz.test.ts. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { hasGo } from '../../components/go.ts';
import { describeWith } from '../../components/program.ts';
import { tempDir } from '../../support/ctx.ts';
import { runFuzzWorker } from '../../support/fuzz.ts';
import { fuzzSubjects, withFewerFunctions } from './fuzz-subjects.ts';

const worker = path.join(import.meta.dirname, 'fuzz-worker.ts');

describeWith([hasGo], 'a damaged program', () => {
  it.each([
    // Whole programs take long to read; those of a hundred functions have every table as well, and are damaged more often.
    { what: 'whole', runs: 10, links: ['stripped', 'symbols'] as const },
    { what: 'with few functions', runs: 150, links: ['stripped'] as const },
  ])('($what) has a ledger that sums, or is refused', async ({ what, runs, links }) => {
    const built = await fuzzSubjects(['amd64', '386', 's390x'], links);
    const files = what === 'whole' ? built : withFewerFunctions(tempDir(), built);
    const { outcomes, memory } = await runFuzzWorker(worker, [String(runs), ...files]);
    expect(Object.keys(outcomes).sort()).toEqual(['partial', 'read', 'refused']);
    // Of files of 2 MB: a table that asks for as much as it likes would be seen here.
    expect(memory).toBeLessThan(600e6);
  });
});
