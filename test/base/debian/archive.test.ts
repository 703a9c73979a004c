import { expect, test } from 'vitest';
import type { Ctx } from '../../../src/core/ctx.ts';
import { isToolError } from '../../../src/core/errors.ts';
import { downloadSmall } from '../../../src/base/debian/download.ts';
import { openIndex } from '../../../src/base/debian/index.ts';
import { addressOf } from '../../../src/base/debian/mirrors.ts';
import { resolvePackages } from '../../../src/base/debian/resolve.ts';
import { debianSource } from '../../../src/base/debian/source.ts';
import type { DebianSource } from '../../../src/base/debian/types.ts';
import { testCacheRoot } from '../../components/cache.ts';
import { testCtx } from '../../support/ctx.ts';

/** The real archive through the machine's own sources; a string when it cannot be reached. */
async function archive(ctx: Ctx): Promise<DebianSource | string> {
  try {
    const source = await debianSource(ctx, {});
    const url = addressOf(source, 'stable', 'dists/stable/InRelease');
    const found = await Promise.race([
      downloadSmall(ctx, url, 4 * 1024 * 1024),
      new Promise<string>((resolve) => setTimeout(() => resolve('no answer within 10 s'), 10_000).unref()),
    ]);
    if (typeof found === 'string') return found;
    return found ? source : 'the mirror has no stable';
  } catch (error) {
    if (isToolError(error)) return error.message;
    throw error;
  }
}

test(
  "Debian's own archive is read: signatures, indexes, what a base needs",
  { timeout: 120_000 },
  async ({ skip }) => {
    // Indexes stay in the test cache, by digest: a second run fetches three small files.
    const ctx = testCtx({ home: `${testCacheRoot}/debian-archive-home` });
    const source = await archive(ctx);
    if (typeof source === 'string') {
      skip(source);
      return;
    }
    const index = await openIndex(ctx, source);
    const [main, updates, security] = index.releases;
    expect(main?.suite).toBe('stable');
    expect([updates?.codename, security?.codename]).toEqual([
      `${main?.codename}-updates`,
      `${main?.codename}-security`,
    ]);
    const names = resolvePackages(index, ['base-files', 'libc6', 'libstdc++6']).map(({ name }) => name);
    expect(names).toContain('libgcc-s1');
    // base-files wants a virtual awk: the smallest provider, not the first that comes along.
    expect(names.filter((name) => name.endsWith('awk'))).toEqual(['mawk']);
    expect(names.length).toBeLessThan(12);
  },
);
