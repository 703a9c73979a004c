import { promises as fs } from 'node:fs';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError, messageOf, systemCode } from '../core/errors.ts';
import type { Secret } from './types.ts';

/** Longest value that Linux lets into an environment, with its name (MAX_ARG_STRLEN). */
const longest = 128 * 1024 - 1;
/** Milliseconds for a command that prints a secret: some ask a server, or a person. */
const patience = 60_000;

/** The secrets of a service and of what stands beside it, by variable. */
export interface SecretValues {
  readonly service: Readonly<Record<string, string>>;
  readonly accessories: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Why a secret cannot be had; never its value. */
interface Missing {
  readonly why: string;
  readonly detail?: string;
}

/**
 * Reads the secrets of all that a deploy starts from where they are. Nothing is given unless all are there, so nothing is begun that lacks one; the error
 * names all that are not.
 * @throws ToolError SECRET_MISSING
 */
export async function readAllSecrets(
  ctx: Ctx,
  settings: {
    readonly container: { readonly secrets: readonly Secret[] };
    readonly accessories: readonly { readonly name: string; readonly secrets: readonly Secret[] }[];
  },
): Promise<SecretValues> {
  const lists = [settings.container.secrets, ...settings.accessories.map(({ secrets }) => secrets)];
  const values = await readEach(ctx, lists.flat());
  let at = 0;
  const [service = {}, ...rest] = lists.map((list) =>
    Object.fromEntries(list.map(({ name }) => [name, values[at++] ?? ''])),
  );
  return {
    service,
    accessories: Object.fromEntries(settings.accessories.map(({ name }, index) => [name, rest[index] ?? {}])),
  };
}

async function readEach(ctx: Ctx, secrets: readonly Secret[]): Promise<readonly string[]> {
  // One source is read once. One after the other: a command may ask for a passphrase.
  const known = new Map<string, string | Missing>();
  const answers: (string | Missing)[] = [];
  for (const secret of secrets) {
    const key = JSON.stringify(secret.from);
    const answer = known.get(key) ?? (await readOne(ctx, secret.from));
    known.set(key, answer);
    answers.push(answer);
  }
  const missing = answers.flatMap((answer, index) =>
    typeof answer === 'string' ? [] : [{ name: secrets[index]?.name ?? '', ...answer }],
  );
  if (missing.length === 0) return answers.filter((answer) => typeof answer === 'string');
  throw notThere(missing);
}

async function readOne(ctx: Ctx, from: Secret['from']): Promise<string | Missing> {
  if ('env' in from) {
    const value = ctx.env[from.env];
    return value === undefined
      ? { why: `the variable ${from.env} is not set` }
      : checked(value, `the variable ${from.env}`);
  }
  return 'file' in from ? ofFile(from.file) : ofCommand(ctx, from.command);
}

async function ofFile(file: string): Promise<string | Missing> {
  try {
    const { size } = await fs.stat(file);
    if (size > longest + 1) return { why: `${file} is longer than an environment can hold` };
    return checked(withoutLineEnd(await fs.readFile(file, 'utf8')), file);
  } catch (error) {
    const code = systemCode(error);
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EACCES'
          ? 'permission denied'
          : messageOf(error);
    return { why: `${file}: ${why}` };
  }
}

async function ofCommand(ctx: Ctx, command: readonly [string, ...string[]]): Promise<string | Missing> {
  const [program] = command;
  try {
    const exit = await ctx.exec({ argv: command, cwd: ctx.cwd, env: ctx.env, timeout: patience });
    const value = withoutLineEnd(exit.stdout);
    if (exit.code === 0) return checked(value, program);
    const ended = exit.signal === null ? `ended with ${exit.code}` : `was ended by ${exit.signal}`;
    // Its words, but never what might be the value.
    return {
      why: `${program} ${ended}`,
      detail: value === '' ? exit.stderr : exit.stderr.replaceAll(value, '***'),
    };
  } catch (error) {
    if (!isToolError(error, 'TOOL_MISSING')) throw error;
    return { why: error.message };
  }
}

function checked(value: string, where: string): string | Missing {
  if (value === '') return { why: `${where} holds nothing` };
  if (value.includes('\0')) return { why: `${where} holds a zero byte, which no environment takes` };
  if (Buffer.byteLength(value) > longest) return { why: `${where} is longer than an environment can hold` };
  return value;
}

/** Editors and programs end a file with one line end, which is not part of what it holds. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function notThere(missing: readonly (Missing & { readonly name: string })[]): ToolError {
  const [first] = missing;
  const names = missing.map(({ name }) => name).join(', ');
  const words = missing.map(({ detail }) => detail?.trim() ?? '').filter((text) => text !== '');
  const all = missing.length > 1 ? missing.map(({ name, why }) => `  ${name}: ${why}`) : [];
  return new ToolError(
    'SECRET_MISSING',
    missing.length === 1
      ? `there is no value for ${names}: ${first?.why ?? ''}`
      : `there are no values for ${names}`,
    {
      detail: [...all, ...words].join('\n'),
      hint: 'Nothing was started. Set them, or change where they come from below deploy.secrets.',
    },
  );
}
