import { availableParallelism, totalmem } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/support/slowest-first.ts';

const full = process.env['CORACLE_TEST_FULL'] === '1';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Long ones (a hundred kills, big programs) run with `npm run test:full`.
    exclude: full ? [] : ['test/full/**'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: process.env['CORACLE_TEST_SPENT'] === undefined ? [] : ['test/support/spent.ts'],
    sequence: { sequencer: SlowestFirst },
    // Twice the processors, as a third of the time tests wait: for servers that start, for connections that must end. Hosts to deploy to and
    // compilers need memory.
    maxWorkers: Math.max(2, Math.min(2 * availableParallelism(), Math.floor(totalmem() / 3e9), 8)),
    // No test asserts on time; these only end what hangs. On a cold machine a test may wait for others that compile BuildKit, all at once.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    teardownTimeout: 60_000,
  },
});
