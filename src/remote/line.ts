import { setTimeout as sleep } from 'node:timers/promises';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { Exit } from '../core/exec.ts';
import { nameOf } from './address.ts';
import { connectionClosed } from './failure.ts';
import { frame } from './framing.ts';
import type { Master } from './master.ts';
import { openSession } from './session.ts';
import type { Session } from './session.ts';
import { openPlaces } from './places.ts';
import type { Host, ScriptOptions } from './types.ts';

/** An open connection as the parts of remote/ share it. */
export interface Line {
  readonly ctx: Ctx;
  readonly host: Host;
  readonly master: Master;
  /** Opens a session when there is room for one, and gives its script and values to it; the input is the caller's. */
  begin(script: string, values: ScriptOptions['values'], signal: AbortSignal): Promise<Begun>;
  /** @throws ToolError HOST_UNREACHABLE when the connection is lost or closed */
  check(): void;
}

/** A session whose script has begun, or has failed to. */
export interface Begun {
  readonly session: Session;
  /**
   * How it ended, whose place is free again then.
   * @param stderr what it said there
   * @throws ToolError HOST_UNREACHABLE when the connection was lost; HOST_UNFIT when the host has no shell for us
   */
  end(stderr: () => string): Promise<Omit<Exit, 'stdout' | 'stderr'>>;
  /** Ends the script on the host too, with all that it started. */
  kill(): void;
}

/** sshd's MaxSessions, unless it is told otherwise. Without this bound ssh would quietly open connections of their own for the others. */
const mostSessions = 10;

export function openLine(ctx: Ctx, host: Host, master: Master, closed: () => boolean): Line {
  const places = openPlaces(mostSessions);
  const check = (): void => {
    master.lost.throwIfAborted();
    if (closed()) throw connectionClosed(host);
  };
  return {
    ctx,
    host,
    master,
    check,
    async begin(script, values, signal) {
      const text = frame(script, values);
      check();
      const leave = await places.enter();
      try {
        check();
        signal.throwIfAborted();
        const session = openSession(master);
        session.stdin.write(text);
        let over = false;
        void session.exited.then(leave, leave);
        return {
          session,
          async end(stderr) {
            const exit = await session.exited;
            over = true;
            await judge(host, master, session, exit.code, stderr());
            return exit;
          },
          kill() {
            if (over) return;
            session.kill();
            void killGroup(master, session.group(), closed);
          },
        };
      } catch (error) {
        leave();
        throw error;
      }
    },
  };
}

/** Tells an end of ssh from one of the script. */
async function judge(
  host: Host,
  master: Master,
  session: Session,
  code: number,
  stderr: string,
): Promise<void> {
  const begun = session.group() !== undefined;
  if (begun && code !== 255) return;
  // The end of a session is told before the end of the connection that it was part of.
  for (let look = 0; look < 10 && !master.lost.aborted; look++) await sleep(10);
  master.lost.throwIfAborted();
  if (begun) return;
  throw new ToolError('HOST_UNFIT', `${nameOf(host)} let us in, but ran no command for us`, {
    hint: 'The user needs a login shell there that can run sh, and its key no forced command; with many commands at once, sshd needs a MaxSessions of 10.',
    ...(stderr.trim() === '' ? {} : { detail: stderr.trim() }),
  });
}

/** A closed session does not end what ran in it: sshd only closes its pipes. */
async function killGroup(master: Master, group: number | undefined, closed: () => boolean): Promise<void> {
  if (group === undefined || group < 2 || closed() || master.lost.aborted) return;
  const session = openSession(master);
  session.stdin.end(frame(`kill -TERM -${group}`));
  session.stdout.resume();
  session.stderr.resume();
  const force = setTimeout(() => session.kill(), 5000);
  await session.exited.catch(() => undefined);
  clearTimeout(force);
}
