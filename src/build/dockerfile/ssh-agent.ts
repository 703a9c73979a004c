import path from 'node:path';
import { promises as fs } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { run } from '../../core/exec.ts';
import type { Exit } from '../../core/exec.ts';

/** An agent that holds the keys named with `--ssh ID=KEY`. */
export interface OwnAgent {
  readonly socket: string;
  stop(): Promise<void>;
}

/**
 * Starts an ssh-agent with these keys, for this build only.
 * @param directory private and empty; the socket and, for a moment, copies of keys are put there
 * @throws ToolError TOOL_MISSING without OpenSSH, SECRET_MISSING for a key that cannot be added
 */
export async function startAgent(ctx: Ctx, keys: readonly string[], directory: string): Promise<OwnAgent> {
  const socket = path.join(directory, 'agent.sock');
  const env = { ...ctx.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS_REQUIRE: 'never', DISPLAY: undefined };
  const over = new AbortController();
  // In the foreground: it ends with us, whatever ends us.
  const agent = run(
    { argv: ['ssh-agent', '-D', '-a', socket], env },
    AbortSignal.any([ctx.signal, over.signal]),
  );
  const stop = async (): Promise<void> => {
    over.abort();
    await agent.catch(() => undefined);
  };
  try {
    await Promise.race([
      agent.then(couldNotStart),
      appears(socket, AbortSignal.any([ctx.signal, over.signal])),
    ]);
    for (const key of keys) await addKey(ctx, env, key, path.join(directory, 'key'));
    return { socket, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function couldNotStart({ stderr }: Exit): never {
  throw new ToolError('COMMAND_FAILED', 'ssh-agent ended at once', { detail: stderr });
}

async function appears(socket: string, signal: AbortSignal): Promise<void> {
  while (!(await fs.stat(socket).catch(() => undefined))) await sleep(10, undefined, { signal });
}

/** ssh-add refuses keys that others may read; a copy of ours is not one of them. */
async function addKey(ctx: Ctx, env: Ctx['env'], key: string, own: string): Promise<void> {
  await fs.copyFile(key, own);
  try {
    await fs.chmod(own, 0o600);
    const { code, stderr } = await ctx.exec({ argv: ['ssh-add', '-q', own], env });
    if (code === 0) return;
    throw new ToolError('SECRET_MISSING', `the SSH key ${key} cannot be used`, {
      detail: stderr.replaceAll(own, key),
      hint: 'A key with a passphrase must be in your own agent: ssh-add it, and pass --ssh default.',
    });
  } finally {
    await fs.rm(own, { force: true });
  }
}
