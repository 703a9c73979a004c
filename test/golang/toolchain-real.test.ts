import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/core/exec.ts';
import { readGoEnv } from '../../src/golang/goenv.ts';
import { ensureToolchain, hostToolchain } from '../../src/golang/toolchain.ts';
import { findHostGo } from '../../src/golang/toolchain-host.ts';
import { moduleVersion } from '../../src/golang/toolchain-releases.ts';
import { hasGo, moduleFiles } from '../components/go.ts';
import { describeWith } from '../components/program.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';

/** Fetched once by the go command into the test cache, which then serves as a folder proxy. */
const version = '1.25.4';

/** A machine without Go whose first proxy is that folder; the checksum database is the real one, reached as the host's settings say. */
async function realCtx(home = tempDir()): Promise<TestCtx> {
  const folder = await moduleFiles(['mod', 'download', `golang.org/toolchain@${moduleVersion(version)}`]);
  const plain = testCtx({ home });
  const settings = await readGoEnv(plain, await findHostGo(plain));
  const env = {
    PATH: '/usr/bin:/bin',
    GOMODCACHE: tempDir(),
    GOPROXY: `file://${folder},${settings.get('GOPROXY') ?? ''}`,
    GOSUMDB: settings.get('GOSUMDB'),
  };
  return testCtx({ home, env });
}

describeWith([hasGo], 'a real toolchain', () => {
  it('is proven by the real checksum database, and compiles', async () => {
    const ctx = await realCtx();
    const toolchain = await ensureToolchain(ctx, version);
    expect(toolchain.hash).toMatch(/^h1:.{44}$/);
    const env = {
      ...toolchainEnvironment(toolchain.goroot),
      HOME: tempDir(),
      GOCACHE: tempDir(),
      PATH: '/usr/bin:/bin',
    };
    const said = await run({ argv: [toolchain.go, 'version'], env }, ctx.signal);
    expect(said.stdout).toContain(`go version go${version} linux/`);
    // A package with assembly, so that compile, asm and the packing of both are run.
    const built = await run(
      { argv: [toolchain.go, 'build', 'internal/bytealg'], env, cwd: tempDir() },
      ctx.signal,
    );
    expect([built.code, built.stderr]).toEqual([0, '']);
    const PATH = path.join(toolchain.goroot, 'bin');
    expect(await hostToolchain(testCtx({ env: { PATH } }))).toMatchObject({
      version,
      goroot: toolchain.goroot,
    });
  });

  it('is there and whole after any kill -9', async () => {
    const ctx = await realCtx();
    for (const pause of [150, 300, 500, 700, 900, 1200, 1500, 2000]) await killedFetch(ctx, pause);
    const toolchain = await ensureToolchain(ctx, version);
    const { hash1 } = await import('../../src/golang/dirhash.ts');
    const { sha256File } = await import('../../src/core/files.ts');
    const prefix = `golang.org/toolchain@${moduleVersion(version)}/`;
    const files = readdirSync(toolchain.goroot, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const hashes: { name: string; sha256: string }[] = [];
    for (const entry of files) {
      // Made beside the module's own files when it was unpacked.
      if (entry.name === 'go.mod' || entry.name === '.coracle.json') continue;
      const file = path.join(entry.parentPath, entry.name);
      hashes.push({ name: prefix + path.relative(toolchain.goroot, file), sha256: await sha256File(file) });
    }
    expect(hash1(hashes)).toBe(toolchain.hash);
    const { sweepTempDirs } = await import('../../src/core/temp.ts');
    await sweepTempDirs(ctx.home);
    expect(readdirSync(path.join(ctx.home, 'tmp'))).toEqual([]);
  });
});

function toolchainEnvironment(goroot: string): Record<string, string> {
  return { GOROOT: goroot, GOTOOLCHAIN: 'local', GOFLAGS: '', CGO_ENABLED: '0', GOENV: 'off' };
}

/** Fetches in a process of its own, which is killed after `pause` milliseconds, wherever it is. */
async function killedFetch(ctx: TestCtx, pause: number): Promise<void> {
  const script = path.join(import.meta.dirname, 'support/fetch-toolchain.ts');
  const child = spawn(process.execPath, [script, ctx.home, version], {
    env: { ...ctx.env },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => {
    child.on('exit', resolve);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), pause);
  await ended;
  clearTimeout(timer);
}
