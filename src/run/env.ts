import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Env } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';

/**
 * `NAME=VALUE` of `--env-file` and `-e`, in that order. A name alone takes its value from `env`, and is left out when it is not set there.
 * @throws ToolError USAGE, FILE_UNREADABLE
 */
export async function variables(
  files: readonly string[],
  texts: readonly string[],
  { env, cwd }: { readonly env: Env; readonly cwd: string },
): Promise<string[]> {
  const found: string[] = [];
  for (const name of files) {
    const file = path.resolve(cwd, name);
    const text = await fs.readFile(file, 'utf8').catch((error: unknown) => {
      throw fileError(error, 'read', file);
    });
    found.push(...envFile(text, name, env));
  }
  for (const text of texts) found.push(...one(text, env, '-e'));
  return found;
}

/** Docker's env files: a variable on each line, lines that begin with `#` and empty ones aside. Nothing is unquoted or expanded. */
export function envFile(text: string, name: string, env: Env): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .flatMap((line, index) =>
      line === '' || line.startsWith('#') ? [] : one(line, env, `${name}, line ${index + 1}`),
    );
}

function one(text: string, env: Env, from: string): string[] {
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : text.slice(0, equals);
  if (name === '' || /\s/.test(name)) {
    throw new ToolError('USAGE', `${from}: ${JSON.stringify(name)} is not the name of a variable`, {
      hint: 'Write it as NAME=VALUE.',
    });
  }
  if (equals !== -1) return [text];
  const value = env[name];
  return value === undefined ? [] : [`${name}=${value}`];
}
