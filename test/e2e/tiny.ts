/** Small programs and strict looks, for tests that care about everything around the program. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { errorCodes } from '../../src/core/error-codes.ts';
import type { ErrorCode } from '../../src/core/error-codes.ts';
import type { Exit } from '../../src/core/exec.ts';
import { coracle } from './coracle.ts';
import type { Invocation } from './coracle.ts';

/** Any Go since 1.21 will do for it, so that nothing is fetched where there is one. */
export const anyGo = 'module example.com/tiny\n\ngo 1.20\n';

export function write(directory: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return directory;
}

/** The runtime and nothing else, so that a cold cache costs seconds. */
export function mainFile(says: string): string {
  return `package main\n\nfunc main() { println(${JSON.stringify(says)}) }\n`;
}

/** A program of the standard library alone, in a module of its own. */
export function tiny(directory: string, says = 'hello', goMod = anyGo): string {
  return write(directory, { 'go.mod': goMod, 'main.go': mainFile(says) });
}

/** Runs a command that must fail as `code` says: its exit code, its code and a hint on stderr, no result, nothing half-written. */
export async function failsWith(
  code: ErrorCode,
  args: readonly string[],
  options: Invocation & { readonly home: string; readonly hintless?: boolean },
): Promise<Exit> {
  const { home, hintless = false, ...rest } = options;
  const exit = await coracle(args, { ...rest, env: { ...rest.env, CORACLE_HOME: home } });
  expect(`exit ${exit.code}\n${exit.stderr}`).toContain(`[${code}]`);
  expect(exit.code).toBe(errorCodes[code].exit);
  expect(exit.stdout).toBe('');
  if (!hintless) expect(exit.stderr).toMatch(/^hint: \S/m);
  expect(leftovers(home)).toEqual([]);
  return exit;
}

/** What a command that has ended must not leave in its home: temporary files and directories, leases, locks. */
export function leftovers(home: string): string[] {
  const own = ['tmp', 'store/tmp', 'store/leases'].flatMap((name) => list(path.join(home, name)));
  const others = ['', 'toolchains', 'store', 'store/refs', 'store/blobs/sha256', 'sumdb'].flatMap((name) =>
    list(path.join(home, name)).filter((file) => /\/(\.tmp-|\.lock)[^/]*$/.test(file)),
  );
  // A test that opened the store itself is still there.
  return [...own, ...others].filter((file) => !path.basename(file).startsWith(`${process.pid}-`));
}

/** What a command that has ended must not leave where it wrote its results. */
export function partial(directory: string): string[] {
  return list(directory).filter(
    (file) => /\.(tmp|part)|~$|\.lock$/.test(path.basename(file)) && !file.endsWith('coracle.lock'),
  );
}

function list(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).map((name) => path.join(directory, name)) : [];
}

/** The store's files of blobs, by kind of what they are in the manifest. */
export function blobFile(home: string, digest: string): string {
  return path.join(home, 'store', 'blobs', digest.replace(':', '/'));
}
