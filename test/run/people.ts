/** Runs Coracle from source as somebody: as root, as an ordinary user with one id, or as one with subordinate ids. */
import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, type Exit } from '../../src/core/exec.ts';
import { cleanEnv, main } from '../cli/run.ts';
import { findProgram, type Probe } from '../components/program.ts';
import { tempDir } from '../support/ctx.ts';

export type Who = 'root' | 'single' | 'subids';
/** Nobody's, and no user that a machine's /etc/subuid names. */
const id = 65_534;

/** A home that belongs to them. */
export function homeOf(who: Who): string {
  const home = path.join(tempDir(), 'home');
  mkdirSync(home);
  giveTo(who, home);
  return home;
}

/** Makes a tree theirs. */
export function giveTo(who: Who, directory: string): void {
  if (who === 'root') return;
  chownSync(directory, id, id);
  // The directory above is a temporary one that only its maker may enter.
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
    if (!entry.isSymbolicLink()) chownSync(path.join(entry.parentPath, entry.name), id, id);
}

/** The command line that starts something as them. */
export function as(who: Who, argv: readonly string[]): readonly [string, ...string[]] {
  const [setpriv = 'setpriv', unshare = 'unshare'] = ['setpriv', 'unshare'].map((name) => findProgram(name));
  if (who === 'root') return ['/usr/bin/env', ...argv];
  const become = [setpriv, `--reuid=${id}`, `--regid=${id}`, '--clear-groups', ...argv];
  if (who === 'single') return ['/usr/bin/env', ...become];
  // The machine's own lists are not touched: others lie over them, for these processes only.
  const lists = path.join(tempDir(), 'lists');
  writeFileSync(lists, `${id}:200000:65536\n`);
  const script = 'mount --bind "$0" /etc/subuid && mount --bind "$0" /etc/subgid && exec "$@"';
  return [unshare, '--mount', 'sh', '-c', script, lists, ...become];
}

export async function coracleAs(
  who: Who,
  home: string,
  args: readonly string[],
  options: {
    readonly signal?: AbortSignal;
    readonly env?: Readonly<Record<string, string>>;
    readonly input?: string;
    readonly onOutput?: (stream: string, text: string) => void;
  } = {},
): Promise<Exit> {
  return run(
    {
      argv: as(who, [process.execPath, '--no-warnings', main, ...args]),
      env: cleanEnv(home, { ...options.env, CORACLE_HOME: home }),
      cwd: home,
      ...(options.input !== undefined && { input: options.input }),
      ...(options.onOutput && { onOutput: options.onOutput }),
    },
    options.signal ?? new AbortController().signal,
  );
}

export const hasSubordinateIds: Probe = () =>
  findProgram('newuidmap') === undefined ? 'newuidmap is not installed' : undefined;
