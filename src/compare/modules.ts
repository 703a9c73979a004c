/**
 * The modules of a program, as files from which a container's go command takes them: what the go command of this machine has fetched and
 * proven, with the user's own access. So no step needs a network, a certificate or a password.
 */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { readFileIfThere } from '../core/files.ts';
import { goCacheDirs, readGoEnv } from '../golang/goenv.ts';
import { parseGoWork } from '../golang/gowork.ts';
import type { ComparedProgram } from './program.ts';

/** What lies in a module proxy's directory beside each version (go.dev/ref/mod#module-cache). */
const kinds = ['info', 'mod', 'zip', 'ziphash'];

/**
 * Lays out what go.sum names and this machine has, in the form of a module proxy.
 * @throws ToolError FILE_UNREADABLE
 */
export async function stageModules(ctx: Ctx, program: ComparedProgram, directory: string): Promise<void> {
  await fs.mkdir(directory, { recursive: true });
  const { GOMODCACHE } = await goCacheDirs(ctx, await readGoEnv(ctx, program.toolchain));
  const from = path.join(GOMODCACHE, 'cache', 'download');
  for (const place of await named(path.join(program.context, program.home))) {
    for (const kind of kinds) {
      const [source, target] = [
        path.join(from, `${place}.${kind}`),
        path.join(directory, `${place}.${kind}`),
      ];
      await fs.mkdir(path.dirname(target), { recursive: true });
      await give(source, target);
    }
  }
}

/** A second name for the file where that can be; nobody writes to what the go command has kept. */
async function give(source: string, target: string): Promise<void> {
  const found = await fs.stat(source).catch(() => undefined);
  if (!found?.isFile()) return;
  await fs.link(source, target).catch(async () => fs.copyFile(source, target));
}

/** Every `PATH/@v/VERSION` of go.sum, escaped as proxies have them. */
async function named(home: string): Promise<Set<string>> {
  const work = await readFileIfThere(path.join(home, 'go.work'));
  const uses = work
    ? parseGoWork(work.toString('utf8'), path.join(home, 'go.work')).use.map(({ path: name }) => name)
    : [];
  const files = ['go.sum', 'go.work.sum', ...uses.map((name) => path.join(name, 'go.sum'))];
  const all = new Set<string>();
  for (const name of files) {
    const text = await readFileIfThere(path.resolve(home, name));
    for (const line of text?.toString('utf8').split('\n') ?? []) {
      const [module = '', version = ''] = line.split(' ');
      const place = `${escaped(module)}/@v/${escaped(version.replace(/\/go\.mod$/, ''))}`;
      if (module !== '' && !place.split('/').includes('..')) all.add(place);
    }
  }
  return all;
}

/** Capital letters as `!x`, for file systems that do not tell them from small ones (golang.org/x/mod/module, EscapePath). */
function escaped(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}
