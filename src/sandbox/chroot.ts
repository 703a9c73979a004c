import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { Sandbox } from './types.ts';
export function chrootSandbox(_ctx: Ctx): Sandbox {
  throw new ToolError('SANDBOX_UNAVAILABLE', 'not yet');
}
