import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ToolError, systemCode } from '../core/errors.ts';
import type { Exit } from '../core/exec.ts';
import { nameOf } from './address.ts';
import type { Line } from './line.ts';
import type { Session } from './session.ts';
import type { ScriptOptions } from './types.ts';

/** Characters kept of each stream; what came first is kept, as core/exec.ts does. */
const keptOutput = 4 * 1024 * 1024;

/** Remote.run: see types.ts. */
export async function runScript(line: Line, script: string, options: ScriptOptions = {}): Promise<Exit> {
  const signal = options.signal ?? line.ctx.signal;
  const { values, input } = options;
  const begun = await line.begin({ script, values, input: wholeOf(input) }, signal);
  const stop = stopper(signal, options.timeout, begun.kill);
  try {
    const { session } = begun;
    const stdout = collect(session.stdout, 'stdout', options.onOutput);
    const stderr = collect(session.stderr, 'stderr', options.onOutput);
    const given = give(session, input);
    given.catch(begun.kill);
    const [exit] = await Promise.all([begun.ended, stdout.ended, stderr.ended, given]).catch(
      (error: unknown) => {
        stop.check(nameOf(line.host));
        throw error;
      },
    );
    stop.check(nameOf(line.host));
    return { ...exit, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    stop.clear();
  }
}

type Input = ScriptOptions['input'];

/** An input that is there already goes along with the script, without waiting for it. */
export function wholeOf(input: Input): string | Uint8Array | undefined {
  return isWhole(input) ? (input ?? '') : undefined;
}

function isWhole(input: Input): input is string | Uint8Array | undefined {
  return input === undefined || typeof input === 'string' || input instanceof Uint8Array;
}

/** Writes any other at the pace at which it is read. A script that does not read it all is none the worse. @throws what the input throws */
export async function give(session: Session, input: Input): Promise<void> {
  if (isWhole(input)) return;
  let whole = false;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield* input;
    whole = true;
  };
  await pipeline(Readable.from(source()), session.stdin).catch((error: unknown) => {
    // A pipe that closes early is the script's choice.
    if (!whole && systemCode(error) !== 'EPIPE' && systemCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE')
      throw error;
  });
}

interface Stopper {
  /** @throws the signal's reason; ToolError COMMAND_FAILED when the time was over */
  check(where: string): void;
  clear(): void;
}

function stopper(signal: AbortSignal, timeout: number | undefined, kill: () => void): Stopper {
  let late = false;
  const expire = (): void => {
    late = true;
    kill();
  };
  const timer = timeout === undefined ? undefined : setTimeout(expire, timeout);
  if (signal.aborted) kill();
  else signal.addEventListener('abort', kill, { once: true });
  return {
    check(where) {
      signal.throwIfAborted();
      if (late && timeout !== undefined)
        throw new ToolError('COMMAND_FAILED', `a command on ${where} took longer than ${timeout / 1000} s`, {
          hint: 'It was ended there. See whether the host is overloaded.',
        });
    },
    clear() {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
    },
  };
}

/** The text of a stream as it comes, and its beginning. */
export function collect(
  stream: Readable,
  name: 'stdout' | 'stderr',
  onOutput: ScriptOptions['onOutput'],
): { text: () => string; ended: Promise<void> } {
  let kept = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    if (kept.length < keptOutput) kept += text;
    onOutput?.(name, text);
  });
  const ended = new Promise<void>((resolve) => stream.once('close', resolve));
  return { text: () => kept, ended };
}
