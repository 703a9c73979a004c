/** Finds the Go that the machine has, by reading files: running `go env` costs more than all of this. */
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { versionOfToolchain } from './version.ts';
import type { Toolchain } from './toolchain-types.ts';

export interface HostGo {
  readonly go: string;
  readonly goroot: string;
  /** As its VERSION file says: `go1.26.8`, `go1.26.8 X:nodwarf5`, `devel go1.27-1a2b3c`. */
  readonly name: string;
}

/** The Go on PATH, if it is a plain release: one built with experiments, or by a vendor who says so, is not "just that version". */
export async function hostToolchain(ctx: Ctx): Promise<Toolchain | undefined> {
  const host = await findHostGo(ctx);
  const version = host && plainRelease(host.name);
  return version === undefined || !host
    ? undefined
    : { version, goroot: host.goroot, go: host.go, origin: 'host' };
}

function plainRelease(name: string): string | undefined {
  const version = versionOfToolchain(name);
  return version !== undefined && name === `go${version}` ? version : undefined;
}

/** The first go command on PATH, whatever its kind, and its GOROOT. */
export async function findHostGo(ctx: Ctx): Promise<HostGo | undefined> {
  for (const directory of (ctx.env['PATH'] ?? '').split(path.delimiter)) {
    if (!path.isAbsolute(directory)) continue;
    const go = path.join(directory, 'go');
    if (await executable(go)) return (await readHost(go)) ?? (await askHost(ctx, go));
  }
  return undefined;
}

async function executable(file: string): Promise<boolean> {
  try {
    await fs.access(file, constants.X_OK);
    return (await fs.stat(file)).isFile();
  } catch {
    return false;
  }
}

/** GOROOT is the directory above bin/, of the command as it is named or as it is linked to. */
async function readHost(go: string): Promise<HostGo | undefined> {
  const real = await fs.realpath(go);
  for (const command of new Set([go, real])) {
    const goroot = path.dirname(path.dirname(command));
    const text = await fs.readFile(path.join(goroot, 'VERSION'), 'utf8').catch(() => undefined);
    const name = text?.split('\n')[0]?.trim();
    if (!name || !(await isDirectory(path.join(goroot, 'pkg', 'tool')))) continue;
    return { go: command, goroot, name };
  }
  return undefined;
}

async function isDirectory(file: string): Promise<boolean> {
  return (await fs.stat(file).catch(() => undefined))?.isDirectory() ?? false;
}

/** Asks a go command that stands in no GOROOT, such as a version manager's shim. */
async function askHost(ctx: Ctx, go: string): Promise<HostGo | undefined> {
  const env = { ...ctx.env, GOTOOLCHAIN: 'local', GOFLAGS: '' };
  const exit = await ctx
    .exec({ argv: [go, 'env', 'GOROOT', 'GOVERSION'], env, cwd: '/', timeout: 10_000 })
    .catch((error: unknown) => {
      ctx.signal.throwIfAborted();
      return { code: 1, stdout: '', cause: error };
    });
  const [goroot, name] = exit.stdout.split('\n');
  if (exit.code !== 0 || !goroot || !name || !path.isAbsolute(goroot)) return undefined;
  const own = path.join(goroot, 'bin', 'go');
  return { go: (await executable(own)) ? own : go, goroot, name };
}
