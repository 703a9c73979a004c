import { resolveIn } from '../../../solve/exec/resolve.ts';
import type { Inside } from '../inside.ts';
import { lastLines } from '../inside.ts';
import { failed, notApplicable, passed, type Trial } from '../trial.ts';
import type { Tried } from '../types.ts';

const folders = ['lib', 'lib64', 'usr/lib', 'usr/lib64'];
/** What is put into one variable; a base of exact libraries has some dozens. */
const most = 500;

/**
 * The loader of a base without a shell maps every library of the base into one process, with all that they ask for. (Where there is a shell
 * the base's own programs show as much.)
 */
export async function libraries({ inside }: Trial): Promise<Tried> {
  const found = await findLibraries(inside);
  if (!found.loader) return notApplicable('there is no loader in it: it is for static programs');
  if ((await inside.file('/bin/sh')) !== undefined)
    return notApplicable('its own programs are loaded by the tests that follow');
  const { loader, paths } = found;
  const libc = paths.find((path) => /\/libc\.(?:so\.6|musl-[^/]*\.so\.1)$/.test(path)) ?? loader;
  const env = [`LD_PRELOAD=${paths.slice(0, most).join(':')}`];
  const ran = await inside.run([loader, '--list', libc], { env });
  const wrong = [...ran.stdout.split('\n'), ...ran.stderr.split('\n')].filter((line) =>
    /not found|cannot be preloaded|Error |error while loading/.test(line),
  );
  const by = `${loader}, inside`;
  if (ran.code !== 0 || wrong.length > 0)
    return {
      ...failed('a library cannot be loaded', by),
      said: wrong.length > 0 ? wrong.slice(0, 5) : lastLines(ran),
    };
  const count = paths.length === 1 ? 'its only library' : `its ${paths.length} libraries`;
  return passed(`the loader finds ${count} and all that they ask for`, by);
}

/** The loader, and the libraries in the directories that it searches, each once. */
export async function findLibraries(
  inside: Inside,
): Promise<{ readonly loader?: string; readonly paths: readonly string[] }> {
  const paths = new Set<string>();
  const loaders: string[] = [];
  const seen = new Set<string>();
  const search = async (folder: string, deeper: boolean): Promise<void> => {
    const { path, entry } = await resolveIn(inside.tree, folder);
    if (entry?.type !== 'directory' || seen.has(path)) return;
    seen.add(path);
    for (const child of await inside.tree.list(path)) {
      const name = child.path.slice(child.path.lastIndexOf('/') + 1);
      if (/^ld-(?:linux.*|musl-.*|[\d.]+)\.so(?:\.\d+)?$|^ld64\.so\.\d$/.test(name)) {
        if ((await inside.file(child.path)) !== undefined) loaders.push(`/${child.path}`);
      } else if (child.type === 'file' && /\.so(?:\.\d+)*$/.test(name)) paths.add(`/${child.path}`);
      // Multiarch: /usr/lib/x86_64-linux-gnu
      else if (deeper && child.type === 'directory' && /-linux-(?:gnu|musl)/.test(name))
        await search(child.path, false);
    }
  };
  for (const folder of folders) await search(folder, true);
  const [loader] = loaders.toSorted();
  return { ...(loader !== undefined && { loader }), paths: [...paths].toSorted() };
}
