import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';

/**
 * Goes on as root of a user namespace when the caller is an ordinary user: this program then executes itself again, with the same words, and
 * this call does not come back. For commands that have shown nothing yet and hold nothing open.
 * @throws ToolError SANDBOX_UNAVAILABLE where user namespaces are refused
 */
export async function enterIfNeeded(ctx: Ctx): Promise<void> {
  if (process.geteuid?.() === 0) return;
  const { enterUserNamespace, userNamespace } = await import('../sandbox/userns.ts');
  const namespace = await userNamespace(ctx);
  if (namespace.kind === 'inside') return;
  if (namespace.kind === 'refused')
    throw new ToolError('SANDBOX_UNAVAILABLE', namespace.why, { hint: namespace.hint });
  const own = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  // Inside, this user is called root: who looks up its home directory would find another one.
  const { file, argv, env } = enterUserNamespace(namespace, own, { ...ctx.env, CORACLE_HOME: ctx.home });
  ctx.signal.throwIfAborted();
  if (process.execve === undefined)
    throw new ToolError('SANDBOX_UNAVAILABLE', 'this Node cannot execute another program in its place', {
      hint: 'Run the coracle of the package, which brings its own Node.',
    });
  process.execve(file, argv, env);
}
