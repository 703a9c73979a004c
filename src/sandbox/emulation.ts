import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, systemCode } from '../core/errors.ts';
import { onPath } from '../core/on-path.ts';
import { formatPlatform, hostPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import { CallError } from './init/libc.ts';
import { inUserNamespace } from './job.ts';
import { probeFor, type Probe } from './probe.ts';
import { ownLibc } from './programs.ts';
import { rehearse } from './rehearse.ts';
import type { Sandbox } from './types.ts';

/** How programs of a platform run here. */
export type Emulator =
  | { readonly kind: 'native' }
  /** By the processor itself, or by a handler that the machine has (binfmt_misc). */
  | { readonly kind: 'machine' }
  /** By a handler that we registered for this user namespace: Linux 6.7 and later. */
  | { readonly kind: 'ours'; readonly interpreter: string };

const known = new Map<string, Promise<Emulator>>();

/**
 * Makes sure that programs of a platform run in `sandbox`, by running one. The answer holds for the process.
 * @throws ToolError TOOL_MISSING: what to install
 */
export async function emulatorFor(ctx: Ctx, sandbox: Sandbox, platform: Platform): Promise<Emulator> {
  const { architecture } = platform;
  if (platform.os === 'linux' && architecture === hostPlatform().architecture) return { kind: 'native' };
  const key = `${sandbox.name} ${platform.os}/${architecture}`;
  const found = known.get(key) ?? find(ctx, sandbox, platform);
  known.set(key, found);
  found.catch(() => known.delete(key));
  return found;
}

async function find(ctx: Ctx, sandbox: Sandbox, platform: Platform): Promise<Emulator> {
  const probe = platform.os === 'linux' ? probeFor(platform.architecture) : undefined;
  if (!probe) throw missing(platform, undefined);
  const userNamespace = await inUserNamespace();
  const works = async (): Promise<boolean> => {
    const { architecture } = platform;
    const exit = await rehearse(ctx, sandbox, { root: 'directory', userNamespace, architecture });
    return exit.code === 0;
  };
  if (await works()) return { kind: 'machine' };
  const interpreter = userNamespace ? await findQemu(ctx, probe) : undefined;
  if (interpreter !== undefined && (await register(ctx, probe, interpreter)) && (await works()))
    return { kind: 'ours', interpreter };
  throw missing(platform, probe);
}

async function findQemu(ctx: Ctx, { qemu }: Probe): Promise<string | undefined> {
  const search = `${ctx.env['PATH'] ?? ''}:/usr/bin:/usr/local/bin`;
  return (await onPath(`qemu-${qemu}-static`, search)) ?? onPath(`qemu-${qemu}`, search);
}

const MS_NOSUID_NODEV_NOEXEC = 2 | 4 | 8;

/** Registers an interpreter for our user namespace alone (Linux, admin-guide/binfmt-misc); false where the kernel has no such thing. */
async function register(ctx: Ctx, probe: Probe, interpreter: string): Promise<boolean> {
  const directory = path.join(ctx.home, 'sandbox-binfmt');
  await fs.mkdir(directory, { recursive: true });
  const handler = `coracle-${probe.qemu}`;
  const line = [handler, 'M', '0', escaped(probe.magic), escaped(probe.mask), interpreter, 'F'];
  try {
    // In our own mount namespace; our namespace's handlers are the same wherever they are mounted.
    if (!(await there(path.join(directory, 'register'))))
      ownLibc().mount('binfmt_misc', directory, 'binfmt_misc', MS_NOSUID_NODEV_NOEXEC, null);
    await fs.writeFile(path.join(directory, 'register'), `:${line.join(':')}`);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return true;
    if (error instanceof CallError || systemCode(error) !== undefined) return false;
    throw error;
  }
}

async function there(file: string): Promise<boolean> {
  return (await fs.stat(file).catch(() => undefined)) !== undefined;
}

function escaped(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

function missing(platform: Platform, probe: Probe | undefined): ToolError {
  const name = formatPlatform(platform);
  if (!probe) {
    return new ToolError('TOOL_MISSING', `programs for ${name} cannot be run on this machine`, {
      hint: 'Coracle knows no emulator for it: do its steps on --platform=$BUILDPLATFORM, and cross-compile.',
    });
  }
  return new ToolError(
    'TOOL_MISSING',
    `programs for ${name} cannot be run on this machine: no emulator for them is registered`,
    {
      hint: `Install qemu-user-static and binfmt-support (Debian), which register qemu-${probe.qemu}-static; or do the step on --platform=$BUILDPLATFORM, and cross-compile.`,
    },
  );
}
