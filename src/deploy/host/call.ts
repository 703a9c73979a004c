import type { Exit } from '../../core/exec.ts';
import { ToolError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/error-codes.ts';
import type { Remote, ScriptOptions } from '../../remote/types.ts';
import { loadLibrary, openScript, type Library } from './library.ts';

/** Runs one operation of the library on a host and gives what it printed. */
export type Call = (
  operation: string,
  values: Readonly<Record<string, string>>,
  options?: Pick<ScriptOptions, 'onOutput'>,
) => Promise<Exit>;

/**
 * What takes long, and what an interrupt ends therefore. Everything else is over in a moment and is never cut off in the middle; so is what
 * undoes a deploy that was interrupted.
 */
const interruptible = new Set(['op_start', 'op_pull', 'op_job', 'op_retire', 'op_releases']);

/** Never aborted. */
export function steady(): AbortSignal {
  return new AbortController().signal;
}

/** What Docker adds to every error of `run`. */
const runtimeAdvice = /^(?:See|Run) 'docker [a-z]+ --help'.*$/gm;

const runtimeGreeting = /^(?:docker: )?Error(?: response from daemon)?: /;

/** Longest text of a host that an error shows. */
const longestDetail = 4000;

const codes: Readonly<Record<number, ErrorCode>> = {
  60: 'DISK_FULL',
  61: 'CONTAINER_FAILED',
  62: 'RELEASE_REVERTED',
  63: 'RELEASE_UNKNOWN',
  64: 'HOST_UNFIT',
  65: 'PROXY_FAILED',
  66: 'COMMAND_FAILED',
  75: 'DEPLOY_LOCKED',
};

const hints: Partial<Record<ErrorCode, string>> = {
  DISK_FULL: '`coracle prune` removes old releases and their images; the records are as they were.',
  RELEASE_REVERTED: '`coracle status` says what serves now.',
  RELEASE_UNKNOWN: '`coracle history` shows the releases.',
  HOST_UNFIT: '`coracle setup` makes a host ready.',
};

/**
 * The library's operations on one host, one round trip each. It is sent again should somebody have removed it.
 * @throws ToolError of the code that the operation ended with; its words are in the message or the detail
 */
export function caller(remote: Remote, library: Library, directory: string, service: string): Call {
  return async (operation, values, options = {}) => {
    const script = `${loadLibrary}${operation}\n`;
    const run = {
      ...(interruptible.has(operation) ? {} : { signal: steady() }),
      ...options,
      values: { ...values, directory, service, digest: library.digest },
    };
    let exit = await remote.run(script, run);
    if (exit.code === 90) {
      await open(remote, library);
      exit = await remote.run(script, run);
    }
    if (exit.code !== 0) throw failure(remote.host.name, exit);
    return exit;
  };
}

/**
 * Makes sure that the host has the library, whole.
 * @param ask told before each question
 * @returns what `op_facts` printed
 * @throws ToolError HOST_UNFIT
 */
export async function open(
  remote: Remote,
  library: Library,
  ask: () => void = () => undefined,
): Promise<string> {
  const { digest, text } = library;
  ask();
  let exit = await remote.run(openScript, { values: { digest, install: '' } });
  if (exit.code === 90) {
    ask();
    exit = await remote.run(openScript, { values: { digest, install: 'true' }, input: text });
  }
  if (exit.code !== 0) throw failure(remote.host.name, exit);
  return exit.stdout;
}

/** What an operation that failed means. */
export function failure(host: string, exit: Exit): ToolError {
  const said = exit.stderr.slice(-longestDetail).replaceAll(runtimeAdvice, '').trim();
  const full = /no space left on device|disk quota exceeded/i.test(said);
  const code = full ? 'DISK_FULL' : (codes[exit.code] ?? 'COMMAND_FAILED');
  const hint = hints[code];
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const last = lines.at(-1)?.replace(runtimeGreeting, '') ?? 'a script failed without a word';
  return new ToolError(code, `${host}: ${last}`, {
    ...(hint !== undefined && { hint }),
    ...(lines.length > 1 && { detail: said }),
  });
}
