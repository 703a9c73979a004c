import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { signalNumber } from '../core/exec.ts';
import type { Job, Report } from './init/job.ts';
import type { Init } from './launch.ts';
import { signalCommand } from './signal.ts';
import type { ProcessSpec, RunControl, SandboxExit } from './types.ts';

/** Milliseconds between killing the command and killing what stands around it. */
const grace = 2000;
const longGrace = 15_000;

export interface Ending {
  /** What was started ends all others itself when it is asked to. */
  readonly politely?: boolean;
}

/**
 * Gives a waiting init its job, passes the streams on, and ends everything when the time is up or the work is interrupted.
 * @throws ToolError SANDBOX_FAILED when the command was not reached; the signal's reason when aborted
 */
export async function drive(
  ctx: Ctx,
  init: Init,
  job: Job,
  spec: ProcessSpec,
  control: RunControl = {},
  how: Ending = {},
): Promise<SandboxExit> {
  init.waitFor(true);
  let timedOut = false;
  let complaint = '';
  let late: NodeJS.Timeout | undefined;
  const end = (): void => {
    if (how.politely === true) init.started.kill('SIGTERM');
    else void signalCommand(init, 'SIGKILL').then((sent) => sent || init.started.kill('SIGKILL'));
    late ??= setTimeout(() => init.started.kill('SIGKILL'), how.politely === true ? longGrace : grace);
  };
  const deadline =
    spec.timeout === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          end();
        }, spec.timeout);
  ctx.signal.addEventListener('abort', end, { once: true });
  if (ctx.signal.aborted) end();
  try {
    init.onReport((report) => {
      if (report.says !== 'ready') return;
      if (complaint !== '') spec.onOutput?.('stderr', complaint);
      const alive = init.reports.findLast(({ says }) => says === 'alive');
      const pid = alive?.says === 'alive' ? alive.pid : 0;
      control.onStarted?.((signal) => void signalCommand(init, signal), { pid, at: BigInt(report.at) });
    });
    const streams = [
      passOn(init.pipes?.output, 'stdout', spec.onOutput),
      passOn(init.pipes?.errors, 'stderr', (name, text) => {
        // Before the command runs, it is those who should start it that complain. (Which pipe is heard first is chance.)
        if (init.reports.some(({ says }) => says === 'ready')) spec.onOutput?.(name, text);
        else complaint += text;
      }),
    ];
    init.pipes?.input.end(spec.input);
    init.begin(job);
    const { code, signal } = await init.started.exited;
    await Promise.race([Promise.all([...streams, init.reported]), silence(init)]);
    if (timedOut) return { code: 128 + signalNumber('SIGKILL'), signal: 'SIGKILL', timedOut };
    ctx.signal.throwIfAborted();
    checkReached(init.reports, signal, complaint);
    return { code, ...(signal === null ? {} : { signal }) };
  } catch (error) {
    init.started.kill(how.politely === true ? 'SIGTERM' : 'SIGKILL');
    ctx.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(deadline);
    clearTimeout(late);
    ctx.signal.removeEventListener('abort', end);
  }
}

/**
 * Resolves when nothing more was heard for a while of a process that has ended, and stops listening: somebody whom we could not
 * end holds its pipes. Where there is a process table of one's own, nobody does.
 */
async function silence({ pipes }: Init): Promise<void> {
  if (!pipes) return new Promise(() => undefined);
  const heard = (): number => pipes.output.bytesRead + pipes.errors.bytesRead;
  let before = -1;
  while (heard() !== before) {
    before = heard();
    await delay(longSilence, undefined, { ref: false });
  }
  for (const pipe of [pipes.output, pipes.errors]) pipe.destroy();
}

/** Milliseconds. */
const longSilence = 5000;

async function passOn(
  stream: Socket | undefined,
  name: 'stdout' | 'stderr',
  onOutput: ProcessSpec['onOutput'],
): Promise<void> {
  if (!stream) return;
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => onOutput?.(name, text));
  if (!stream.closed) await once(stream, 'close');
}

function checkReached(reports: readonly Report[], signal: NodeJS.Signals | null, complaint: string): void {
  const failed = reports.find((report) => report.says === 'failed');
  if (failed?.says === 'failed') {
    const { step, call, code } = failed;
    throw new ToolError(
      'SANDBOX_FAILED',
      `the sandbox could not ${step}: ${code}${call ? ` (${call})` : ''}`,
      {
        hint: hints[code] ?? 'coracle doctor tells what this machine allows.',
      },
    );
  }
  if (reports.some((report) => report.says === 'ready')) return;
  const how = signal === null ? 'ended' : `was ended by ${signal}`;
  throw new ToolError('SANDBOX_FAILED', `the sandbox ${how} before its command was started`, {
    hint: 'coracle doctor tells what this machine allows.',
    ...(complaint === '' ? {} : { detail: complaint }),
  });
}

const hints: Readonly<Record<string, string>> = {
  EPERM: 'This machine refuses it to this user; coracle doctor tells what it allows.',
  ENOSPC: 'The disk is full, or too many namespaces are in use (sysctl user.max_mnt_namespaces).',
  ENOMEM: 'There is not enough memory, or too many processes.',
};
