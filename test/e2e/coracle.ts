import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Exit } from '../../src/core/exec.ts';
import { tryCall } from '../components/program.ts';

export const repository = path.join(import.meta.dirname, '..', '..');

export interface Invocation {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The launcher of this repository, or another one that is to be tested in its place. */
export const program = process.env['CORACLE_TEST_PROGRAM'] ?? path.join(repository, 'coracle');

/** Runs the program, as a user does; any exit code is a result. */
export async function coracle(args: readonly string[], options: Invocation = {}): Promise<Exit> {
  return tryCall([program, ...args], options);
}

/** As `coracle`, and fails with what it said unless it succeeded. @returns its standard output */
export async function coracleOk(args: readonly string[], options: Invocation = {}): Promise<string> {
  const exit = await coracle(args, options);
  if (exit.code !== 0)
    throw new Error(`coracle ${args.join(' ')}: exit ${exit.code}\n${exit.stdout}${exit.stderr}`);
  return exit.stdout;
}

/** Git that knows who commits, when, and none of the machine's settings: the same commit gets the same hash. */
export const gitEnv = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'A. Tester',
  GIT_AUTHOR_EMAIL: 'tester@example.com',
  GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z',
  GIT_COMMITTER_NAME: 'A. Tester',
  GIT_COMMITTER_EMAIL: 'tester@example.com',
  GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z',
} as const;

/** The example service as a Git repository of its own with one commit. */
export async function ginApi(directory: string): Promise<string> {
  mkdirSync(directory, { recursive: true });
  cpSync(path.join(repository, 'examples', 'gin-api'), directory, { recursive: true });
  await git(directory, 'init', '--quiet', '--initial-branch=main');
  await git(directory, 'add', '.');
  await git(directory, 'commit', '--quiet', '--message=first');
  return directory;
}

export async function git(cwd: string, ...args: string[]): Promise<string> {
  const exit = await tryCall(['git', ...args], { cwd, env: gitEnv });
  if (exit.code !== 0) throw new Error(`git ${args.join(' ')}: ${exit.stderr}`);
  return exit.stdout;
}
