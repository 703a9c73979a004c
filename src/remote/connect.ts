import type { Ctx } from '../core/ctx.ts';
import { checkHost } from './address.ts';
import { openLine } from './line.ts';
import { openMaster } from './master.ts';
import type { ConnectOptions, Host, Remote } from './types.ts';

/**
 * Opens one connection to a host by the system's ssh, with the user's configuration, agent, jump hosts and known hosts. It lives until `close`, and never
 * longer than this process. `ctx.signal` ends what runs without a signal of its own, but not the connection, so that what was begun on a host can
 * still be undone.
 * @throws ToolError HOST_KEY for a key that is unknown or has changed, HOST_UNREACHABLE, TOOL_MISSING, CONFIG_INVALID
 */
export async function connectHost(ctx: Ctx, host: Host, options: ConnectOptions = {}): Promise<Remote> {
  checkHost(host);
  const master = await openMaster(ctx, host, options);
  let closing: Promise<void> | undefined;
  const line = openLine(ctx, host, master, () => closing !== undefined);
  const { openForwards } = await import('./forwards.ts');
  return {
    host,
    lost: master.lost,
    run: async (script, how) => (await import('./run.ts')).runScript(line, script, how),
    hold: async (script, how) => (await import('./hold.ts')).holdScript(line, script, how),
    stream: async (script, how) => (await import('./stream.ts')).streamScript(line, script, how),
    attach: async (file, how) => (await import('./attach.ts')).attachScript(line, file, how),
    ...openForwards(line),
    async close() {
      closing ??= master.close();
      await closing;
    },
  };
}
