import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { builtinSandbox, unshareCommand } from './builtin.ts';
import { whyNoNamespaces } from './refusals.ts';
import { findRunc, runcSandbox } from './runc.ts';
import { idMode, type IdMode } from './userns.ts';
import type { Sandbox } from './types.ts';

/**
 * The runtime for the steps of this command. Whether the machine allows builtin's namespaces is seen when its first process
 * starts: nobody waits for a trial.
 * @throws ToolError SANDBOX_UNAVAILABLE: what is missing, and what to do
 */
export async function chooseSandbox(
  ctx: Ctx,
  wanted: 'auto' | 'builtin' | 'runc' | 'chroot',
): Promise<Sandbox> {
  if (wanted === 'chroot') {
    const { chrootSandbox } = await import('./chroot.ts');
    return await chrootSandbox(ctx);
  }
  const unshare = await unshareCommand(ctx);
  const found = wanted === 'runc' ? await findRunc(ctx) : undefined;
  if (wanted === 'runc' && !found) {
    throw new ToolError('SANDBOX_UNAVAILABLE', 'neither runc nor crun is there', {
      hint: 'Install runc, or leave out --sandbox runc.',
    });
  }
  const mode = await idMode();
  const surroundings = { unshare, userNamespace: mode !== 'root', lacks: lost[mode] };
  if (!found) return builtinSandbox(surroundings, async () => tryNamespaces(ctx, unshare));
  await tryNamespaces(ctx, unshare);
  return runcSandbox(found.name, found.program, surroundings);
}

const network = 'Steps use the network of this machine, as a network of their own needs root.';

/** What an ordinary user cannot have. */
const lost: Readonly<Record<IdMode, readonly string[]>> = {
  root: [],
  subids: [network],
  single: [
    network,
    'There are no subordinate ids for this user: every file belongs to root in the image, and steps cannot become another user.',
  ],
};

/** @throws ToolError SANDBOX_UNAVAILABLE when the kernel refuses what `unshare` asks for */
export async function tryNamespaces(ctx: Ctx, unshare: readonly string[]): Promise<void> {
  const [program = '', ...args] = unshare;
  const exit = await ctx.exec({ argv: [program, ...args, 'true'], env: ctx.env, timeout: 10_000 });
  if (exit.code === 0) return;
  const { why, hint } = await whyNoNamespaces(exit.stderr.trim().split('\n').at(-1) ?? '');
  throw new ToolError('SANDBOX_UNAVAILABLE', why, { hint });
}
