import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findHostGo, hostToolchain } from '../../src/golang/toolchain-host.ts';
import { goCommand, hasGo } from '../components/go.ts';
import { describeWith } from '../components/program.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { fakeHostGo } from './support/toolchain.ts';

const host = async (PATH: string | undefined) => hostToolchain(testCtx({ env: { PATH } }));

describe("the host's Go", () => {
  it('is found without running it', async () => {
    const bin = fakeHostGo(tempDir(), 'go1.99.3\ntime 2026-01-01T00:00:00Z\n');
    expect(await host(`/nowhere:${bin}`)).toEqual({
      version: '1.99.3',
      goroot: path.dirname(bin),
      go: path.join(bin, 'go'),
      origin: 'host',
    });
  });

  it('is found behind a link', async () => {
    const bin = fakeHostGo(tempDir(), 'go1.99.3');
    const links = tempDir();
    symlinkSync(path.join(bin, 'go'), path.join(links, 'go'));
    expect(await host(links)).toMatchObject({ goroot: path.dirname(bin), go: path.join(bin, 'go') });
  });

  it.each([
    'go1.99.3 X:nodwarf5',
    'go1.99.3-corp',
    'devel go1.99-0123abc Thu',
    'go1.99.3 (Vendor 1.99.3-1)',
    'rubbish',
  ])('%j is no plain release', async (text) => {
    const bin = fakeHostGo(tempDir(), text);
    expect(await host(bin)).toBeUndefined();
    expect((await findHostGo(testCtx({ env: { PATH: bin } })))?.name).toBe(text);
  });

  it('is not there without PATH, with relative ones, or when `go` is a directory or no program', async () => {
    const place = tempDir();
    mkdirSync(path.join(place, 'a', 'go'), { recursive: true });
    mkdirSync(path.join(place, 'b'));
    writeFileSync(path.join(place, 'b', 'go'), '');
    for (const PATH of [undefined, '', 'bin:.', path.join(place, 'a'), path.join(place, 'b')])
      expect(await host(PATH)).toBeUndefined();
  });

  it('behind a shim is asked, and must not fetch another toolchain then', async () => {
    const bin = fakeHostGo(tempDir(), 'go1.99.3');
    const shims = tempDir();
    writeFileSync(
      path.join(shims, 'go'),
      `#!/bin/sh\n[ "$GOTOOLCHAIN $*" = "local env GOROOT GOVERSION" ] || exit 1\necho ${path.dirname(bin)}\necho go1.99.3\n`,
    );
    chmodSync(path.join(shims, 'go'), 0o755);
    expect(await host(shims)).toMatchObject({
      version: '1.99.3',
      goroot: path.dirname(bin),
      go: path.join(bin, 'go'),
    });
  });

  it('that cannot be run is none', async () => {
    expect(await host(fakeHostGo(tempDir(), undefined))).toBeUndefined();
  });
});

describeWith([hasGo], 'the real one', () => {
  it('is what the go command says', async () => {
    const [goroot, version] = (
      await goCommand(['env', 'GOROOT', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' } })
    ).split('\n');
    const found = await findHostGo(testCtx());
    expect([found?.goroot, found?.name]).toEqual([goroot, version]);
  });
});
