import { promises as fs } from 'node:fs';
import path from 'node:path';
import { onceMap } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { fileError } from '../../core/files.ts';
import type { ExecServices } from '../../solve/engines/exec.ts';
import type { DockerfileSettings } from '../types.ts';
import { startAgent } from './ssh-agent.ts';
import type { OwnAgent } from './ssh-agent.ts';

/** Bytes of the largest secret; BuildKit has the same limit. */
const largest = 500 * 1024;

/**
 * What RUN steps may ask for: secrets and agents, each found when the first step needs it. Values are kept nowhere.
 * @param temp a private directory for as long as the build runs
 */
export function execServices(
  ctx: Ctx,
  { secrets, ssh }: DockerfileSettings,
  temp: string,
): ExecServices & { close(): Promise<void> } {
  const agents = onceMap<OwnAgent>();
  const started: OwnAgent[] = [];
  return {
    secret: async (id) => {
      const found = secrets.findLast((secret) => secret.id === id);
      if (!found) return undefined;
      if ('env' in found.from) {
        const value = ctx.env[found.from.env];
        return value === undefined ? undefined : Buffer.from(value);
      }
      return readSecret(id, found.from.file);
    },
    ssh: async (id) => {
      const found = ssh.find((each) => each.id === id);
      if (!found) return undefined;
      const [first, ...more] = found.paths;
      if (first === undefined) return agentHere(ctx);
      const stat = await fs.stat(first).catch((error: unknown) => {
        throw fileError(error, 'read', first);
      });
      if (stat.isSocket() && more.length === 0) return first;
      const agent = await agents(id, async () => {
        const directory = await fs.mkdtemp(path.join(temp, 'agent-'));
        const made = await startAgent(ctx, found.paths, directory);
        started.push(made);
        return made;
      });
      return agent.socket;
    },
    close: async () => {
      await Promise.all(started.map(async (agent) => agent.stop()));
    },
  };
}

async function readSecret(id: string, file: string): Promise<Uint8Array> {
  try {
    const { size } = await fs.stat(file);
    if (size <= largest) return await fs.readFile(file);
  } catch (error) {
    throw fileError(error, 'read', file);
  }
  throw new ToolError('SECRET_MISSING', `the secret ${id} is larger than ${largest / 1024} KiB: ${file}`, {
    hint: 'Mount large files with RUN --mount=type=bind.',
  });
}

function agentHere(ctx: Ctx): string {
  const socket = ctx.env['SSH_AUTH_SOCK'];
  if (socket !== undefined && path.isAbsolute(socket)) return socket;
  throw new ToolError('SECRET_MISSING', 'there is no SSH agent: SSH_AUTH_SOCK is not set', {
    hint: 'Start one with: eval "$(ssh-agent)" && ssh-add, or name a key: --ssh default=~/.ssh/id_ed25519',
  });
}
