import type { Exit } from '../core/exec.ts';
import { collect } from './run.ts';
import type { Line } from './line.ts';
import type { Held, ScriptOptions } from './types.ts';

/** Milliseconds between two lines, of which the script may miss four. */
const beat = 1000;
/** Milliseconds that a script has to end after its input has. */
const patience = 6000;

/**
 * Remote.hold: see types.ts. `read -t` is not in POSIX; a script waits for us with `while timeout 5 sh -c 'read -r line'; do …; done`, which
 * ends at the end of its input (we are gone) and after five seconds of silence (the link is).
 */
export async function holdScript(
  line: Line,
  script: string,
  options: Omit<ScriptOptions, 'input' | 'timeout'> = {},
): Promise<Held> {
  const signal = options.signal ?? line.ctx.signal;
  const begun = await line.begin({ script, values: options.values, input: undefined }, signal);
  const { session } = begun;
  const heart = setInterval(() => session.stdin.write('.\n'), beat);
  const said = firstLine();
  const stdout = collect(session.stdout, 'stdout', (stream, text) => {
    said.take(text);
    options.onOutput?.(stream, text);
  });
  const stderr = collect(session.stderr, 'stderr', options.onOutput);
  const ended = Promise.all([begun.ended, stdout.ended, stderr.ended]).then(([exit]): Exit => ({
    ...exit,
    stdout: stdout.text(),
    stderr: stderr.text(),
  }));
  const release = async (): Promise<void> => {
    session.stdin.end();
    clearInterval(heart);
    const force = setTimeout(begun.kill, patience);
    await ended.catch(() => undefined);
    clearTimeout(force);
  };
  const interrupt = (): void => void release();
  signal.addEventListener('abort', interrupt, { once: true });
  const over = ended.finally(() => {
    clearInterval(heart);
    signal.removeEventListener('abort', interrupt);
  });
  over.catch(() => undefined);
  await Promise.race([said.whole, over]);
  return {
    said: said.text(),
    // A lost connection is an end like another here: who holds something watches `lost`.
    ended: over.catch(() => ({ code: 255, signal: null, stdout: stdout.text(), stderr: stderr.text() })),
    release,
  };
}

/** Collects up to the first newline. */
function firstLine(): { take(text: string): void; whole: Promise<void>; text(): string } {
  let kept = '';
  let done = (): void => undefined;
  const whole = new Promise<void>((resolve) => {
    done = resolve;
  });
  return {
    take(text) {
      if (kept.includes('\n')) return;
      kept += text.slice(0, 64 * 1024);
      if (kept.includes('\n')) done();
    },
    whole,
    text: () => kept.split('\n', 1)[0] ?? '',
  };
}
