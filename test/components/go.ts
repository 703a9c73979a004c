import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from '../../src/core/temp.ts';
import { cached, testCacheRoot } from './cache.ts';
import { call, findProgram } from './program.ts';
import type { Probe } from './program.ts';

/** The host has a go command. Coracle itself needs none; some tests do, to compare with. */
export const hasGo: Probe = () => (goProgram() === undefined ? 'there is no Go on this machine' : undefined);

function goProgram(): string | undefined {
  return findProgram('go');
}

/** The host's go command, with caches that all tests share. */
export async function goCommand(
  args: readonly string[],
  options: { cwd?: string; env?: Readonly<Record<string, string>>; input?: string } = {},
): Promise<string> {
  const program = goProgram();
  if (program === undefined) throw new Error('there is no Go on this machine');
  const { stdout } = await call([program, ...args], options);
  return stdout;
}

/**
 * A Go program compiled once into the test cache, as `go install package@version` does.
 * @returns its path
 */
export async function goInstall(pkg: string, version: string): Promise<string> {
  const name = path.posix.basename(pkg);
  const directory = await cached(`bin-${name}-${version}`, async (fresh) => {
    await goCommand(['install', `${pkg}@${version}`], {
      // As goProgram (go-programs.ts) has it: what both build is compiled once.
      env: { GOBIN: fresh, GOFLAGS: '-trimpath', CGO_ENABLED: '0' },
    });
  });
  return path.join(directory, name);
}

/** go-containerregistry's command: an independent reader, checker and copier of images. */
export async function crane(): Promise<string> {
  return goInstall('github.com/google/go-containerregistry/cmd/crane', 'v0.22.1');
}

/** The peer for building Go programs into images. */
export async function ko(): Promise<string> {
  return goInstall('github.com/google/ko', 'v0.19.1');
}

/**
 * A directory laid out as Go's module proxy protocol has it (serve it with startModuleProxy), holding what `fetch` needs: the
 * go command is its maker, so that the files are the real ones.
 * @param fetch arguments of the go command, such as `['mod', 'download', 'rsc.io/quote@v1.5.2']`, run in `cwd`
 */
export async function moduleFiles(fetch: readonly string[], cwd?: string): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify([fetch, cwd]))
    .digest('hex')
    .slice(0, 16);
  const directory = await cached(`modules-${key}`, async (fresh) => {
    const modcache = path.join(fresh, 'modcache');
    await goCommand(fetch, {
      ...(cwd === undefined ? { cwd: fresh } : { cwd }),
      env: { GOMODCACHE: modcache, GOFLAGS: '-modcacherw', GOWORK: 'off' },
    });
    // Only the downloads are wanted, not the unpacked sources.
    const { readdir } = await import('node:fs/promises');
    for (const name of await readdir(modcache))
      if (name !== 'cache') await removeTree(path.join(modcache, name));
    await rm(path.join(modcache, 'cache', 'vcs'), { recursive: true, force: true });
  });
  return path.join(directory, 'modcache', 'cache', 'download');
}

export const goCaches = {
  mod: path.join(testCacheRoot, 'go-mod'),
  build: path.join(testCacheRoot, 'go-build'),
} as const;
