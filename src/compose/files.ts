import { promises as fs } from 'node:fs';
import path from 'node:path';
import { shortest } from '../config/load.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { readFileIfThere } from '../core/files.ts';
import { parseEnvFile } from './import/environment.ts';
import { envFilesOf, importCompose } from './import/import.ts';
import type { Imported } from './types.ts';

/** Bytes of the largest file that is read. */
const largest = 1024 * 1024;

/** As Docker Compose looks for it. */
const names = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

/**
 * Imports a compose file with the files that it names: `.env` beside it, and those of `env_file:`.
 * @param file of the working directory the first that Docker Compose would take, without it
 * @throws ToolError FILE_UNREADABLE, COMPOSE_INVALID, USAGE
 */
export async function importComposeFile(
  ctx: Ctx,
  file: string | undefined,
  service: string | undefined,
): Promise<Imported> {
  const found = file === undefined ? await findFile(ctx.cwd) : path.resolve(ctx.cwd, file);
  const text = await readText(found);
  if (text === undefined)
    throw new ToolError('FILE_UNREADABLE', `there is no file ${file ?? names[0] ?? ''}`);
  const directory = path.dirname(found);
  const shown = shortest(found, ctx.cwd);
  const variables = Object.fromEntries(parseEnvFile((await readText(path.join(directory, '.env'))) ?? ''));
  const files = new Map<string, string | undefined>();
  for (const name of envFilesOf(text, shown, variables))
    files.set(name, await readText(path.resolve(directory, name)));
  return importCompose(text, { file: shown, ...(service !== undefined && { service }), variables, files });
}

async function findFile(directory: string): Promise<string> {
  const there = await fs.readdir(directory).catch((): string[] => []);
  const name = names.find((each) => there.includes(each));
  if (name !== undefined) return path.join(directory, name);
  throw new ToolError('FILE_UNREADABLE', 'there is no compose file here', {
    hint: 'Name it: coracle compose import FILE.',
  });
}

async function readText(file: string): Promise<string | undefined> {
  const stat = await fs.stat(file).catch(() => undefined);
  if (stat && !stat.isFile()) throw new ToolError('FILE_UNREADABLE', `${file} is no file`);
  if ((stat?.size ?? 0) > largest) throw new ToolError('FILE_UNREADABLE', `${file} is larger than 1 MiB`);
  return (await readFileIfThere(file))?.toString('utf8');
}
