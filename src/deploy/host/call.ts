import type { Exit } from '../../core/exec.ts';
import { ToolError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/error-codes.ts';
import type { Remote, ScriptOptions } from '../../remote/types.ts';
import { loadLibrary, openScript, type Library } from './library.ts';

/** Runs one operation of the library on a host and gives what it printed. */
export type Call = (
  operation: string,
  values: Readonly<Record<string, string>>,
  options?: Pick<ScriptOptions, 'onOutput' | 'signal' | 'timeout'>,
) => Promise<Exit>;

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
    const all = { ...values, directory, service, digest: library.digest };
    let exit = await remote.run(script, { ...options, values: all });
    if (exit.code === 90) {
      await open(remote, library);
      exit = await remote.run(script, { ...options, values: all });
    }
    if (exit.code !== 0) throw failure(remote.host.name, exit);
    return exit;
  };
}

/**
 * Makes sure that the host has the library, whole. @returns what `op_facts` printed
 * @throws ToolError HOST_UNFIT
 */
export async function open(remote: Remote, library: Library): Promise<string> {
  const { digest, text } = library;
  let exit = await remote.run(openScript, { values: { digest, install: '' } });
  if (exit.code === 90)
    exit = await remote.run(openScript, { values: { digest, install: 'true' }, input: text });
  if (exit.code !== 0) throw failure(remote.host.name, exit);
  return exit.stdout;
}

/** What an operation that failed means. */
export function failure(host: string, exit: Exit): ToolError {
  const said = exit.stderr.trim().slice(-longestDetail);
  const full = /no space left on device|disk quota exceeded/i.test(said);
  const code = full ? 'DISK_FULL' : (codes[exit.code] ?? 'COMMAND_FAILED');
  const hint = hints[code];
  const lines = said.split('\n');
  const first = lines.length === 1 && said !== '' ? said : '';
  return new ToolError(code, `${host}: ${first === '' ? (meanings[code] ?? 'a script failed') : first}`, {
    ...(hint !== undefined && { hint }),
    ...(first === '' && said !== '' && { detail: said }),
  });
}

const meanings: Partial<Record<ErrorCode, string>> = {
  DISK_FULL: 'the disk is full',
  CONTAINER_FAILED: 'the container runtime refuses',
};
