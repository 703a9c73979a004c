import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { onPath } from '../core/on-path.ts';
import { isToolError } from '../core/errors.ts';
import { credentialFiles, readCredentialFile } from '../registry/credential-files.ts';
import { openStore } from '../store/store.ts';
import type { Check } from './check.ts';

/** What the store holds. */
export const store: Check = {
  name: 'store',
  run: async (ctx) => {
    const { names, blobs } = await (await openStore(ctx)).usage();
    return {
      state: 'ok',
      says: `${names} name${names === 1 ? '' : 's'}, ${blobs.count} blobs, ${(blobs.bytes / 1e6).toFixed(1)} MB`,
    };
  },
};

/** Docker or Podman: their sockets are spoken to. */
export const engine: Check = {
  name: 'engine',
  run: async (ctx) => {
    const answers = (await Promise.all(sockets(ctx).map(async (socket) => ping(ctx, socket)))).filter(
      (each) => each !== undefined,
    );
    if (answers.length > 0) return { state: 'ok', says: answers.join(', ') };
    const podman = await ctx
      .exec({ argv: ['podman', '--version'], env: ctx.env, timeout: 5000 })
      .catch((error: unknown) => {
        if (isToolError(error, 'TOOL_MISSING')) return undefined;
        throw error;
      });
    if (podman?.code === 0) return { state: 'ok', says: podman.stdout.trim() };
    return {
      state: 'missing',
      says: 'no Docker or Podman answers: --load cannot be used',
      hint: 'Not needed to build or push. For --load, start one, or set DOCKER_HOST.',
    };
  },
};

function sockets({ env }: Ctx): string[] {
  const named = env['DOCKER_HOST'] ?? env['CONTAINER_HOST'];
  if (named) return named.startsWith('unix://') ? [named.slice('unix://'.length)] : [named];
  const runtime = env['XDG_RUNTIME_DIR'];
  const own = runtime ? [path.join(runtime, 'docker.sock'), path.join(runtime, 'podman/podman.sock')] : [];
  return ['/var/run/docker.sock', ...own, '/run/podman/podman.sock'];
}

async function ping(ctx: Ctx, socket: string): Promise<string | undefined> {
  const local = socket.startsWith('/');
  if (local && !(await fs.stat(socket).catch(() => undefined))) return undefined;
  const base = local ? 'http://localhost' : socket.replace(/^tcp:/, 'http:');
  try {
    const response = await ctx.fetch({
      url: `${base}/_ping`,
      idleTimeout: 5000,
      ...(local ? { socketPath: socket } : {}),
    });
    response.body.resume();
    if (response.status !== 200) return undefined;
    const kind = /podman|libpod/i.test(JSON.stringify(response.headers)) ? 'Podman' : 'Docker';
    return `${kind} answers on ${socket}`;
  } catch (error) {
    if (isToolError(error)) return undefined;
    throw error;
  }
}

/** Credential files and the helpers that they name. Says for which registries, never what. */
export const credentials: Check = {
  name: 'credentials',
  run: async (ctx) => {
    const found: string[] = [];
    const missing: string[] = [];
    for (const { file } of credentialFiles(ctx)) {
      const config = await readCredentialFile(file);
      if (!config) continue;
      const hosts = [...config.auths.keys(), ...config.credHelpers.keys()];
      const helpers = [
        ...new Set([
          ...config.credHelpers.values(),
          ...(config.credsStore === undefined ? [] : [config.credsStore]),
        ]),
      ];
      found.push(
        `${file}${hosts.length > 0 ? ` (${hosts.slice(0, 5).join(', ')}${hosts.length > 5 ? ' …' : ''})` : ''}`,
      );
      for (const helper of helpers)
        if ((await onPath(`docker-credential-${helper}`, ctx.env['PATH'] ?? '')) === undefined)
          missing.push(`docker-credential-${helper}`);
    }
    if (missing.length > 0) {
      return {
        state: 'problem',
        says: `${missing.join(', ')} is named by ${found.join(', ')} but is not on PATH`,
        hint: 'Install the helper, or take it out of the file.',
      };
    }
    if (found.length > 0) return { state: 'ok', says: found.join(', ') };
    return {
      state: 'missing',
      says: 'none: only public images can be pulled, and nothing pushed where a login is needed',
      hint: 'coracle login REGISTRY',
    };
  },
};
