import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { makeDirectory } from '../core/files.ts';
import type { Job, JobMount } from './init/job.ts';
import type { Mount, ProcessSpec } from './types.ts';

/** What the init is asked to do for a process. */
export async function jobOf(
  ctx: Ctx,
  spec: ProcessSpec,
  userNamespace: boolean,
  cgroups: readonly string[] = [],
): Promise<Job> {
  const words = [...spec.argv, ...spec.env, spec.cwd, ...spec.mounts.map(({ target }) => target)];
  if (words.some((word) => word.includes('\0'))) {
    throw new ToolError('SANDBOX_FAILED', 'an argument, a variable or a path holds a NUL character', {
      hint: 'No program can be given one: take it out.',
    });
  }
  const { mounts, stdio, input: _, onOutput: __, timeout: ___, limits: ____, ...rest } = spec;
  return {
    ...rest,
    mounts: mounts.map(jobMount),
    stage: await stageOf(ctx),
    userxattr: userNamespace,
    cgroups,
    terminal: stdio === 'tty',
  };
}

function jobMount(mount: Mount): JobMount {
  return mount.kind === 'file' ? { ...mount, bytes: Buffer.from(mount.bytes).toString('base64') } : mount;
}

/** A directory to mount on; what is mounted is seen by one sandbox only, so they all share it. */
async function stageOf(ctx: Ctx): Promise<string> {
  const directory = path.join(ctx.home, 'sandbox');
  await makeDirectory(directory, 0o700);
  return fs.realpath(directory);
}

/** True when our user 0 is not the machine's. */
export async function inUserNamespace(): Promise<boolean> {
  const map = await fs.readFile('/proc/self/uid_map', 'utf8');
  return !/^\s*0\s+0\s+4294967295\s*$/.test(map);
}
