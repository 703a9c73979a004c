import { defineConfig } from 'vitest/config';

const full = process.env['CORACLE_TEST_FULL'] === '1';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Long ones (a hundred kills, big programs) run with `npm run test:full`.
    exclude: full ? [] : ['test/full/**'],
    globalSetup: ['test/support/global-setup.ts'],
    maxWorkers: 2,
    // No test asserts on time; these only end what hangs. Fetching and compiling on a cold machine takes minutes.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
  },
});
