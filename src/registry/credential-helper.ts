import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import type { Exit } from '../core/exec.ts';
import { isObject } from '../core/json.ts';
import type { Credential } from './credentials.ts';

/** Milliseconds after which a helper that does not answer is given up; some ask the user for a password. */
const patience = 120_000;

/** The user name by which a helper says that the secret is an identity token. */
const tokenUser = '<token>';

/**
 * Asks `docker-credential-NAME get` for a registry; undefined when it has none.
 * @throws ToolError CREDENTIALS
 */
export async function helperGet(ctx: Ctx, name: string, key: string): Promise<Credential | undefined> {
  const exit = await call(ctx, name, 'get', key);
  if (exit.code !== 0) {
    if (/credentials not found/i.test(exit.stdout + exit.stderr)) return undefined;
    throw failed(name, 'get', key, exit);
  }
  const answer = parse(exit.stdout);
  const { Username: username, Secret: secret } = answer ?? {};
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw new ToolError(
      'CREDENTIALS',
      `docker-credential-${name} answers with something that is no credential`,
    );
  }
  if (secret === '') return undefined;
  return username === tokenUser
    ? { kind: 'identity', token: secret }
    : { kind: 'password', username, password: secret };
}

/** Gives a helper a credential to keep. @throws ToolError CREDENTIALS */
export async function helperStore(
  ctx: Ctx,
  name: string,
  key: string,
  username: string,
  password: string,
): Promise<void> {
  const exit = await call(
    ctx,
    name,
    'store',
    JSON.stringify({ ServerURL: key, Username: username, Secret: password }),
  );
  if (exit.code !== 0) throw failed(name, 'store', key, exit, password);
}

/** Makes a helper forget; no error when it knew nothing. @throws ToolError CREDENTIALS */
export async function helperErase(ctx: Ctx, name: string, key: string): Promise<void> {
  const exit = await call(ctx, name, 'erase', key);
  if (exit.code !== 0 && !/credentials not found/i.test(exit.stdout + exit.stderr))
    throw failed(name, 'erase', key, exit);
}

async function call(ctx: Ctx, name: string, verb: string, input: string): Promise<Exit> {
  // The name comes from a file and becomes part of a program's: it must not lead to another folder.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw new ToolError('CREDENTIALS', `${JSON.stringify(name)} is not a name of a credential helper`);
  const program = `docker-credential-${name}`;
  try {
    return await ctx.exec({ argv: [program, verb], env: ctx.env, input, timeout: patience });
  } catch (error) {
    if (!isToolError(error, 'TOOL_MISSING')) throw error;
    throw new ToolError('CREDENTIALS', `credentials are kept by ${program}, which is not on this machine`, {
      cause: error,
      hint: `Install ${program}, or take its name out of the credential file.`,
    });
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return isObject(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}

function failed(name: string, verb: string, key: string, exit: Exit, secret?: string): ToolError {
  // Helpers put their message on standard output; if that looks like an answer it may hold the secret.
  const words = exit.stderr.trim() || (parse(exit.stdout) ? '' : exit.stdout.trim());
  const detail = (secret ? words.replaceAll(secret, '***') : words).slice(0, 500);
  return new ToolError(
    'CREDENTIALS',
    `docker-credential-${name} ${verb} failed for ${key} (exit ${exit.code})`,
    detail === '' ? {} : { detail },
  );
}
