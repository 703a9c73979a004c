/**
 * host/ finds out what this machine can do, by trying rather than by reading settings, and says what to install for more. It must not
 * change anything.
 */
import { mapLimit } from '../core/concurrency.ts';
import type { Ctx } from '../core/ctx.ts';
import { runCheck, type Check, type Finding } from './check.ts';
import { checksums, hostGo, proxy } from './go.ts';
import { credentials, engine, store } from './images.ts';
import { compiler, git, home, machine, node } from './machine.ts';
import { sandboxChecks } from './sandbox.ts';

/** In the order they are shown. */
const checks: readonly Check[] = [
  node,
  machine,
  home,
  store,
  hostGo,
  proxy,
  checksums,
  git,
  compiler,
  engine,
  credentials,
  ...sandboxChecks,
];

/** Asks everything, side by side. */
export async function doctor(ctx: Ctx): Promise<Finding[]> {
  return mapLimit(checks, checks.length, async (check) => runCheck(ctx, check));
}

export type { Finding };
