import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync, chmodSync } from 'node:fs';
import path from 'node:path';
import { hostArch, moduleVersion } from '../../../src/golang/toolchain-releases.ts';
import type { TestLog } from './log.ts';
import { createLog } from './log.ts';
import { serve } from './server.ts';
import type { Answer, TestServer } from './server.ts';
import { makeZip } from './zip.ts';
import type { ZipFile } from './zip.ts';

/** The files of a toolchain small enough to build in a test; its go command says its version. */
export function toolchainFiles(version: string): Record<string, string | Uint8Array> {
  return {
    VERSION: `go${version}\ntime 2026-01-01T00:00:00Z\n`,
    'go.env': 'GOPROXY=https://example.invalid,direct\n',
    'bin/go': `#!/bin/sh\necho "go version go${version} linux/${hostArch()} $*"\n`,
    'bin/gofmt': '#!/bin/sh\necho "$GOROOT"\n',
    [`pkg/tool/linux_${hostArch()}/compile`]: Buffer.alloc(700_000, 'compile '),
    'lib/wasm/go_js_wasm_exec': '#!/bin/sh\n',
    'lib/time/zoneinfo.zip': 'PK',
    'src/_go.mod': 'module std\n',
    'src/cmd/_go.mod': 'module cmd\n',
    'src/fmt/print.go': 'package fmt\n',
    'src/\u00fc/empty.go': '',
  };
}

export function toolchainZip(
  version: string,
  change: (files: ZipFile[]) => ZipFile[] = (files) => files,
): Buffer {
  const prefix = `golang.org/toolchain@${moduleVersion(version)}/`;
  const files = Object.entries(toolchainFiles(version)).map(([name, content], at) => ({
    name: prefix + name,
    content,
    deflate: at !== 3,
  }));
  return makeZip(change(files));
}

/** The module's hash, reckoned the plain way. */
export function toolchainHash(version: string): string {
  const prefix = `golang.org/toolchain@${moduleVersion(version)}/`;
  const lines = Object.entries(toolchainFiles(version)).map(([name, content]) => ({
    name: Buffer.from(prefix + name),
    line: `${createHash('sha256').update(content).digest('hex')}  ${prefix}${name}\n`,
  }));
  lines.sort((a, b) => Buffer.compare(a.name, b.name));
  return `h1:${createHash('sha256')
    .update(lines.map(({ line }) => line).join(''))
    .digest('base64')}`;
}

export interface ToolchainProxy extends TestServer {
  readonly log: TestLog;
}

/** A proxy with the toolchain modules of `versions` and the checksum database that knows them; `change` may spoil its answers. */
export async function toolchainProxy(
  versions: readonly string[],
  change: (path: string, answer: Answer) => Answer = (_, answer) => answer,
): Promise<ToolchainProxy> {
  const log = createLog('db.example');
  log.add('example.com/x v1.0.0 h1:x\n');
  for (const version of versions) {
    log.add(
      `golang.org/toolchain ${moduleVersion(version)} ${toolchainHash(version)}\ngolang.org/toolchain ${moduleVersion(version)}/go.mod h1:x\n`,
    );
  }
  log.add('example.com/y v1.0.0 h1:x\n');
  const base = '/golang.org/toolchain/@v/';
  const server = await serve((at) => {
    const version = versions.find((known) => at === `${base}${moduleVersion(known)}.zip`);
    if (version !== undefined) return change(at, toolchainZip(version));
    if (at === `${base}list`) {
      return change(
        at,
        versions.flatMap((known) => [moduleVersion(known), `v0.0.1-go${known}.plan9-mips`]).join('\n'),
      );
    }
    return change(
      at,
      at.startsWith('/sumdb/db.example/') ? log.answer(at.slice('/sumdb/db.example/'.length)) : undefined,
    );
  });
  return { ...server, log };
}

/** A GOROOT on disk with a go command that cannot be run, so that running it would be noticed; gives the directory for PATH. */
export function fakeHostGo(directory: string, versionText: string | undefined, goEnv = ''): string {
  const goroot = path.join(directory, 'goroot');
  mkdirSync(path.join(goroot, 'bin'), { recursive: true });
  mkdirSync(path.join(goroot, 'pkg', 'tool'), { recursive: true });
  if (versionText !== undefined) writeFileSync(path.join(goroot, 'VERSION'), versionText);
  writeFileSync(path.join(goroot, 'go.env'), goEnv);
  writeFileSync(path.join(goroot, 'bin', 'go'), '#!/bin/sh\nexit 99\n');
  chmodSync(path.join(goroot, 'bin', 'go'), 0o755);
  return path.join(goroot, 'bin');
}
