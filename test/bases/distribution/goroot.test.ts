import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { contentOf } from '../../../src/base/tree.ts';
import { releaseTime, toolchainEntries } from '../../../src/bases/distribution/goroot.ts';
import type { Toolchain } from '../../../src/golang/toolchain.ts';
import { tempDir } from '../../support/ctx.ts';

function hostToolchain(goEnv: string): Toolchain {
  const goroot = tempDir();
  for (const folder of ['bin', 'src/fmt']) mkdirSync(path.join(goroot, folder), { recursive: true });
  writeFileSync(path.join(goroot, 'VERSION'), 'go1.26.3\ntime 2026-04-01T12:00:00Z\n');
  writeFileSync(path.join(goroot, 'bin/go'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(path.join(goroot, 'src/fmt/print.go'), 'package fmt\n', { mode: 0o600 });
  writeFileSync(path.join(goroot, 'go.env'), goEnv);
  symlinkSync('..', path.join(goroot, 'src/loop'));
  return { version: '1.26.3', goroot, go: path.join(goroot, 'bin/go'), origin: 'host' };
}

test('a toolchain is packed as images have it: of root, of one time, a circle of links not followed', async () => {
  const toolchain = hostToolchain('');
  const mtime = await releaseTime(toolchain);
  const entries = await toolchainEntries(toolchain, mtime);
  expect(new Date(mtime * 1000).toISOString()).toBe('2026-04-01T12:00:00.000Z');
  expect(entries.every((one) => one.uid === 0 && one.mtime === mtime)).toBe(true);
  expect(entries.map((one) => `${one.path} ${one.mode.toString(8)}`)).toEqual([
    'go 1777',
    'go/bin 1777',
    'go/src 1777',
    'usr 755',
    'usr/local 755',
    'usr/local/go 755',
    'usr/local/go/VERSION 644',
    'usr/local/go/bin 755',
    'usr/local/go/bin/go 755',
    'usr/local/go/go.env 644',
    'usr/local/go/src 755',
    'usr/local/go/src/fmt 755',
    'usr/local/go/src/fmt/print.go 644',
  ]);
});

test("a password in the host's go.env does not come into the image", async () => {
  const toolchain = hostToolchain(
    [
      '# see https://example.com/reference?x for more',
      'GOPROXY=https://ci:s3cret@proxy.example.com/go,https://token@b.example.com|http://c.example.com/x?key=s3cret,direct',
      'GOSUMDB=off',
      'GOFLAGS=-ldflags=-X=main.by=a@example.com',
      '',
    ].join('\n'),
  );
  const packed = (await toolchainEntries(toolchain, 0)).find((one) => one.path.endsWith('/go.env'));
  expect(packed && (await contentOf(packed, 10_000))?.toString()).toBe(
    [
      '# see https://example.com/reference for more',
      'GOPROXY=https://proxy.example.com/go,https://b.example.com|http://c.example.com/x,direct',
      'GOSUMDB=off',
      'GOFLAGS=-ldflags=-X=main.by=a@example.com',
      '',
    ].join('\n'),
  );
});
