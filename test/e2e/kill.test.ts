/** The short form of test/full/kill.test.ts. */
import { expect, it } from 'vitest';
import { hasGo } from '../components/go.ts';
import { describeWith } from '../components/program.ts';
import { tempDir } from '../support/ctx.ts';
import { killBuilds } from './killing.ts';

describeWith([hasGo], 'kill -9', () => {
  it('eight times, at all stages: the next build succeeds, and the store verifies', async () => {
    expect.hasAssertions();
    await killBuilds(tempDir(), 8);
  });
});
