import { setTimeout as sleep } from 'node:timers/promises';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { Exit } from '../core/exec.ts';
import { nameOf } from './address.ts';
import { connectionClosed } from './failure.ts';
import { frame } from './framing.ts';
import type { Master } from './master.ts';
import { openPlaces } from './places.ts';
import { openSession } from './session.ts';
import type { Session } from './session.ts';
import type { Host, ScriptOptions } from './types.ts';

/** An open connection as the parts of remote/ share it. */
export interface Line {
  readonly ctx: Ctx;
  readonly host: Host;
  readonly master: Master;
  /**
   * Starts a script as soon as there is room for one more session.
   * @throws ToolError HOST_UNREACHABLE when the connection was lost; HOST_UNFIT when the host has no shell for us, or no room; the signal's reason
   */
  begin(what: What, signal: AbortSignal): Promise<Begun>;
  /** @throws ToolError HOST_UNREACHABLE when the connection is lost or closed */
  check(): void;
}

export interface What {
  readonly script: string;
  readonly values: ScriptOptions['values'];
  /** What the script reads, up to its end; without it the caller writes it and ends it. */
  readonly input: string | Uint8Array | undefined;
}

/** A script that runs on the host. */
export interface Begun {
  readonly session: Session;
  /** How it ended. @throws ToolError HOST_UNREACHABLE when the connection was lost */
  readonly ended: Promise<Omit<Exit, 'stdout' | 'stderr'>>;
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
  const attempt = async (
    text: Uint8Array,
    { input }: What,
    signal: AbortSignal,
  ): Promise<Begun | Refused> => {
    check();
    signal.throwIfAborted();
    const session = openSession(master);
    session.stdin.write(text);
    if (input !== undefined) session.stdin.end(input);
    let over = false;
    const exited = session.exited.then((exit) => {
      over = true;
      return exit;
    });
    const kill = (): void => void (over || endScript(master, session, closed));
    signal.addEventListener('abort', kill, { once: true });
    const group = await session.begun;
    signal.removeEventListener('abort', kill);
    if (group !== undefined) return { session, ended: ending(master, exited), kill };
    const refused = await wordsOf(session);
    await exited;
    signal.throwIfAborted();
    await lossOf(master);
    check();
    return { refused };
  };
  return {
    ...{ ctx, host, master, check },
    async begin(what, signal) {
      const text = frame(what.script, what.values);
      for (;;) {
        const leave = await places.enter();
        const begun = await attempt(text, what, signal).catch((error: unknown) => {
          leave();
          throw error;
        });
        if (!('refused' in begun)) {
          begun.ended.then(leave, leave);
          return begun;
        }
        // The server has less room than others: this place is not there. The next one to end makes room. ssh does not always say so.
        const said = begun.refused.trim();
        const full = (said === '' || said.includes('refused by peer')) && places.lose();
        if (!full) {
          leave();
          throw noShell(host, begun.refused);
        }
      }
    },
  };
}

interface Refused {
  /** What ssh or the login shell said. */
  readonly refused: string;
}

const keptWords = 64 * 1024;

async function wordsOf({ stderr }: Session): Promise<string> {
  let kept = '';
  stderr.setEncoding('utf8');
  for await (const text of stderr) if (kept.length < keptWords) kept += String(text);
  return kept;
}

function noShell(host: Host, said: string): ToolError {
  return new ToolError('HOST_UNFIT', `${nameOf(host)} let us in, but ran no command for us`, {
    hint: 'The user needs a login shell there that can run sh, and its key no forced command; sshd needs room for several sessions on a connection (MaxSessions, 10 by default).',
    ...(said.trim() === '' ? {} : { detail: said.trim() }),
  });
}

/** Tells an end of ssh from one of the script. */
async function ending(master: Master, exited: Session['exited']): Promise<Omit<Exit, 'stdout' | 'stderr'>> {
  const exit = await exited;
  if (exit.code === 255) await lossOf(master);
  return exit;
}

/** The end of a session is told before the end of the connection that it was part of. */
async function lossOf(master: Master): Promise<void> {
  for (let look = 0; look < 10 && !master.lost.aborted; look++) await sleep(10);
  master.lost.throwIfAborted();
}

/** A closed session does not end what ran in it: sshd only closes its pipes. */
async function endScript(master: Master, session: Session, closed: () => boolean): Promise<void> {
  // A script that is just beginning is not known yet.
  const late = new AbortController();
  const group = await Promise.race([
    session.begun,
    sleep(2000, undefined, { signal: late.signal }).catch(() => undefined),
  ]);
  late.abort();
  session.kill();
  if (group === undefined || group < 2 || closed() || master.lost.aborted) return;
  const other = openSession(master);
  other.stdin.end(frame(`kill -TERM -${group}`));
  other.stdout.resume();
  other.stderr.resume();
  const force = setTimeout(other.kill, 5000);
  await other.exited.catch(() => undefined);
  clearTimeout(force);
}
