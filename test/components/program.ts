import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { describe } from 'vitest';
import type { Exit } from '../../src/core/exec.ts';
import { run } from '../../src/core/exec.ts';

/** What a test needs: undefined when it is there, else why it is not. */
export type Probe = () => string | undefined;

/** Debian keeps some programs where an ordinary user's PATH does not look. */
const places = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];

/** The absolute path of a program, if it is installed. */
export function findProgram(name: string): string | undefined {
  return places
    .filter((place) => place !== '')
    .map((place) => path.join(place, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function installed(name: string): Probe {
  return () => (findProgram(name) === undefined ? `${name} is not installed` : undefined);
}

export const isRoot: Probe = () => (process.getuid?.() === 0 ? undefined : 'needs root');

/** `describe`, skipped with the reason in its title when something it needs is not there. */
export function describeWith(needs: readonly Probe[], title: string, body: () => void): void {
  const reasons = needs.map((probe) => probe()).filter((reason) => reason !== undefined);
  // oxlint-disable-next-line vitest/valid-title, vitest/valid-describe-callback -- both come from the caller
  describe.runIf(reasons.length === 0)([title, ...reasons.map((reason) => `[${reason}]`)].join(' '), body);
}

/** Runs a program to its end; its output is in the error when it fails. */
export async function call(
  argv: readonly [string, ...string[]],
  options: {
    cwd?: string;
    env?: Readonly<Record<string, string | undefined>>;
    input?: string | Uint8Array;
  } = {},
): Promise<Exit> {
  const exit = await tryCall(argv, options);
  if (exit.code !== 0) throw new Error(`${argv.join(' ')}: exit ${exit.code}\n${exit.stdout}${exit.stderr}`);
  return exit;
}

/** As `call`, when failing is a result. */
export async function tryCall(
  argv: readonly [string, ...string[]],
  options: {
    cwd?: string;
    env?: Readonly<Record<string, string | undefined>>;
    input?: string | Uint8Array;
  } = {},
): Promise<Exit> {
  const { env, ...rest } = options;
  return run({ argv, env: { ...process.env, ...env }, ...rest }, new AbortController().signal);
}
