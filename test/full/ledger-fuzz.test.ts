/** Tens of thousands of damaged programs of every processor that Go has on Linux, with and without symbols and debug data. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { hasGo } from '../components/go.ts';
import { describeWith } from '../components/program.ts';
import { fuzzSubjects, withFewerFunctions } from '../golang/ledger/fuzz-subjects.ts';
import { tempDir } from '../support/ctx.ts';
import { runFuzzWorker } from '../support/fuzz.ts';

const worker = path.join(import.meta.dirname, '..', 'golang', 'ledger', 'fuzz-worker.ts');

const processors = [
  ...['386', 'amd64', 'arm', 'arm64', 'loong64', 'mips', 'mips64', 'mips64le', 'mipsle', 'ppc64', 'ppc64le'],
  ...['riscv64', 's390x'],
];

describeWith([hasGo], 'damaged programs', () => {
  it.each(processors)(
    'of %s have ledgers that sum, or are refused',
    async (processor) => {
      const whole = await fuzzSubjects([processor], ['stripped', 'symbols']);
      const few = withFewerFunctions(tempDir(), whole);
      const outcomes = [
        await runFuzzWorker(worker, ['400', ...whole]),
        await runFuzzWorker(worker, ['1200', ...few]),
      ];
      for (const { outcomes: found, memory } of outcomes) {
        expect(Object.keys(found).sort()).toEqual(['partial', 'read', 'refused']);
        expect(memory).toBeLessThan(600e6);
      }
    },
    1_800_000,
  );
});
