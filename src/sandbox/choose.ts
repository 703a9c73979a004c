import type { Ctx } from '../core/ctx.ts';
import { builtinSandbox, unshareCommand } from './builtin.ts';
import type { Sandbox } from './types.ts';

/**
 * The runtime for the steps of this command.
 * @throws ToolError SANDBOX_UNAVAILABLE: what is missing, and what to do
 */
export async function chooseSandbox(
  ctx: Ctx,
  _wanted: 'auto' | 'builtin' | 'runc' | 'chroot',
): Promise<Sandbox> {
  return builtinSandbox(await unshareCommand(ctx));
}
