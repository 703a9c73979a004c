/**
 * components/ starts real programs for tests: registries, engines, runtimes, readers of images, module proxies. Each start gives
 * what a test needs and a stop(); each has a probe that says why it cannot be had here. It must not know Coracle's own rooms,
 * save the ground floor.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { access, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withLock } from '../../src/core/lock.ts';
import { removeTree } from '../../src/core/temp.ts';

/** Kept between runs, one per user: compiled peers, Go's caches. All of it can be deleted at any time. */
export const testCacheRoot =
  process.env['CORACLE_TEST_CACHE'] ??
  path.join(tmpdir(), `coracle-test-cache-${process.getuid?.() ?? 'user'}`);

/**
 * The directory `key` of the test cache, filled by `make` the first time. Several test files may ask at once: one of them makes it, the
 * others wait. It is made beside its place and moved there.
 */
export async function cached(key: string, make: (directory: string) => Promise<void>): Promise<string> {
  const place = path.join(testCacheRoot, key);
  if (await exists(place)) return place;
  mkdirSync(testCacheRoot, { recursive: true });
  const ctx = { signal: new AbortController().signal };
  const makeOnce = async (): Promise<void> => {
    if (await exists(place)) return;
    const fresh = await mkdtemp(path.join(testCacheRoot, 'making-'));
    try {
      await make(fresh);
      renameSync(fresh, place);
    } catch (error) {
      await removeTree(fresh);
      throw error;
    }
  };
  await withLock(ctx, `${place}.lock`, makeOnce, patience);
  return place;
}

/** Milliseconds to wait for another: to fetch and to compile on a slow machine may take that long. */
const patience = 3_600_000;

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
