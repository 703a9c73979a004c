/**
 * What steps of a Dockerfile can be run in on this machine: each runtime runs a program, each emulator too. Nothing is
 * concluded from settings; they only explain a refusal.
 */
import { promises as fs } from 'node:fs';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, messageOf, systemCode } from '../core/errors.ts';
import { onPath } from '../core/on-path.ts';
import { builtinSandbox, unshareCommand, type Surroundings } from '../sandbox/builtin.ts';
import { tryNamespaces } from '../sandbox/choose.ts';
import { chrootSandbox } from '../sandbox/chroot.ts';
import { rehearse } from '../sandbox/rehearse.ts';
import { runcSandbox } from '../sandbox/runc.ts';
import type { Sandbox } from '../sandbox/types.ts';
import { userNamespace } from '../sandbox/userns.ts';
import type { Check, Finding } from './check.ts';

type Found = Omit<Finding, 'name'>;

/** As a build would: an ordinary user in a user namespace. */
async function surroundings(ctx: Ctx): Promise<Surroundings> {
  const namespace = await userNamespace(ctx);
  if (namespace.kind === 'refused')
    throw new ToolError('SANDBOX_UNAVAILABLE', namespace.why, { hint: namespace.hint });
  const unshare = await unshareCommand(ctx);
  const entered = namespace.kind === 'enter' ? [...namespace.argv, '--', ...unshare] : unshare;
  await tryNamespaces(ctx, entered);
  return { unshare: entered, userNamespace: namespace.mode !== 'root', lacks: [] };
}

/** Runs the smallest program; anything but success is a finding, with what to do about it. */
async function tried(
  ctx: Ctx,
  sandbox: Sandbox,
  root: 'overlay' | 'directory',
  inUserNamespace: boolean,
): Promise<Found> {
  const exit = await rehearse(ctx, sandbox, { root, userNamespace: inUserNamespace });
  if (exit.code === 0) return { state: 'ok', says: 'works' };
  return { state: 'problem', says: `a program that does nothing ended with exit code ${exit.code}` };
}

/** What throws is only missing: images without RUN need none of it. */
function optional(name: string, ask: (ctx: Ctx) => Promise<Found>): Check {
  return {
    name,
    run: async (ctx) => {
      try {
        return await ask(ctx);
      } catch (error) {
        ctx.signal.throwIfAborted();
        const hint =
          (error instanceof ToolError ? error.hint : undefined) ?? 'Images without RUN need none of this.';
        return { state: 'missing', says: messageOf(error), hint };
      }
    },
  };
}

const namespaces = optional('namespaces', async (ctx) => {
  const found = await userNamespace(ctx);
  if (found.kind === 'inside')
    return {
      state: 'ok',
      says: `not needed: this is ${found.mode === 'root' ? 'root' : 'the root of a user namespace'}`,
    };
  if (found.kind === 'enter')
    return { state: 'ok', says: 'an ordinary user can run steps in a user namespace' };
  return { state: 'missing', says: found.why, hint: found.hint };
});

const ids = optional('ids', async (ctx) => {
  const found = await userNamespace(ctx);
  if (found.kind === 'refused') return { state: 'missing', says: found.why, hint: found.hint };
  if (found.mode === 'root') return { state: 'ok', says: 'all: this is root' };
  if (found.mode === 'subids') return { state: 'ok', says: 'subordinate ids for 65536 users and groups' };
  const why = found.kind === 'enter' && found.because !== undefined ? ` (${found.because})` : '';
  return {
    state: 'missing',
    says: `one user and one group only: steps cannot become another user or give files to one${why}`,
    hint: 'Install uidmap, and have root run: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER',
  };
});

const overlayfs = optional('overlayfs', async (ctx) => {
  const where = await surroundings(ctx);
  const found = await tried(ctx, builtinSandbox(where), 'overlay', where.userNamespace);
  return found.state === 'ok' ? { state: 'ok', says: 'mounted on the layers, for this user' } : found;
});

const builtin = optional('builtin', async (ctx) => {
  const where = await surroundings(ctx);
  const found = await tried(ctx, builtinSandbox(where), 'directory', where.userNamespace);
  if (found.state !== 'ok') return found;
  return {
    state: 'ok',
    says: 'runs steps; it keeps honest builds apart, and is no boundary for hostile Dockerfiles (runc is the stronger one)',
  };
});

function runtime(name: 'runc' | 'crun'): Check {
  return optional(name, async (ctx) => {
    const program = await onPath(name, `${ctx.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin`);
    if (program === undefined)
      return {
        state: 'missing',
        says: 'not there: --sandbox runc takes the first of runc and crun',
        hint: `Install the package ${name}.`,
      };
    const where = await surroundings(ctx);
    const found = await tried(ctx, runcSandbox(name, program, where), 'directory', where.userNamespace);
    return found.state === 'ok' ? { state: 'ok', says: `runs steps (${program})` } : found;
  });
}

const chroot = optional('chroot', async (ctx) => {
  const found = await tried(ctx, await chrootSandbox(ctx), 'directory', false);
  if (found.state !== 'ok') return found;
  return {
    state: 'ok',
    says: 'runs steps with --sandbox chroot, which keeps neither processes nor the network apart',
  };
});

const network = optional('network', async (ctx) => {
  const where = await surroundings(ctx);
  const exit = await rehearse(ctx, builtinSandbox(where), {
    root: 'directory',
    userNamespace: where.userNamespace,
    network: 'none',
  });
  const none = exit.code === 0 ? '--network=none works' : '--network=none does not work';
  const tun = await openTun();
  const own =
    tun === undefined
      ? 'one of their own would be possible (/dev/net/tun opens)'
      : `none of their own: /dev/net/tun: ${tun}`;
  return {
    state: exit.code === 0 ? 'ok' : 'problem',
    says: `steps use this machine's network; ${none}; ${own}`,
  };
});

async function openTun(): Promise<string | undefined> {
  try {
    await (await fs.open('/dev/net/tun', 'r+')).close();
    return undefined;
  } catch (error) {
    return systemCode(error) ?? messageOf(error);
  }
}

const foreign = ['amd64', 'arm64', '386', 'arm', 'riscv64', 's390x'];

const emulation = optional('emulation', async (ctx) => {
  const where = await surroundings(ctx);
  const sandbox = builtinSandbox(where);
  const runs: string[] = [];
  for (const architecture of foreign) {
    const exit = await rehearse(ctx, sandbox, {
      root: 'directory',
      userNamespace: where.userNamespace,
      architecture,
    });
    if (exit.code === 0) runs.push(`linux/${architecture}`);
  }
  const missing = foreign.length - runs.length;
  return {
    state: missing === 0 ? 'ok' : 'missing',
    says: `steps for ${runs.join(', ') || 'no platform'} run`,
    ...(missing === 0
      ? {}
      : {
          hint: 'For others: qemu-user-static and binfmt-support (Debian); an ordinary user needs qemu-user-static only.',
        }),
  };
});

/** In the order they are shown. */
export const sandboxChecks: readonly Check[] = [
  namespaces,
  ids,
  overlayfs,
  builtin,
  runtime('runc'),
  runtime('crun'),
  chroot,
  network,
  emulation,
];
