import { PassThrough } from 'node:stream';
import { collect, give, wholeOf } from './run.ts';
import type { Line } from './line.ts';
import type { ScriptOptions, Streamed } from './types.ts';

/** Remote.stream: see types.ts. */
export async function streamScript(
  line: Line,
  script: string,
  options: Pick<ScriptOptions, 'values' | 'input' | 'signal'> = {},
): Promise<Streamed> {
  const signal = options.signal ?? line.ctx.signal;
  const begun = await line.begin({ script, values: options.values, input: wholeOf(options.input) }, signal);
  const { session } = begun;
  const stderr = collect(session.stderr, 'stderr', undefined);
  const stdout = session.stdout.pipe(new PassThrough());
  const given = give(session, options.input);
  given.catch(begun.kill);
  signal.addEventListener('abort', begun.kill, { once: true });
  stdout.once('close', begun.kill); // after its end this does nothing
  const ended = Promise.all([begun.ended, stderr.ended, given]).then(([exit]) => {
    signal.throwIfAborted();
    return { ...exit, stdout: '', stderr: stderr.text() };
  });
  ended.catch(() => undefined);
  void ended.finally(() => signal.removeEventListener('abort', begun.kill)).catch(() => undefined);
  return { stdout, ended };
}
