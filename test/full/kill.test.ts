/** Builds are killed while they fetch, compile, compress and push; nothing that is left may be wrong. */
import { expect, it } from 'vitest';
import { hasGo } from '../components/go.ts';
import { describeWith } from '../components/program.ts';
import { killBuilds } from '../e2e/killing.ts';
import { tempDir } from '../support/ctx.ts';

describeWith([hasGo], 'kill -9', () => {
  it(
    'a hundred times, at all stages: the next build succeeds, and the store verifies',
    async () => {
      expect.hasAssertions();
      await killBuilds(tempDir(), 100);
    },
    30 * 60_000,
  );
});
