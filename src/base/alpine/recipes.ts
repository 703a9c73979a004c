import { ToolError } from '../../core/errors.ts';
import { compareNames } from '../../layer/names.ts';
import type { Entry } from '../../layer/entry.ts';
import { fileEntry, root } from '../parts/entry.ts';
import { contentOf, resolvePath } from '../tree.ts';
import type { BaseTree } from '../tree.ts';

/** What a package's scripts would have made, made without running them. */
export type Recipe = (tree: BaseTree, mtime: number) => Promise<Entry[]>;

const largest = 4 * 1024 * 1024;

/** Scripts that run when a package is installed; those for upgrades and removals never do. */
const atInstall = new Set(['pre-install', 'post-install', 'trigger']);

/**
 * Packages whose scripts matter, by name. The packages of Alpine's base system have no others; each does on a fresh root what stands here.
 */
const recipes: Readonly<Record<string, Recipe>> = {
  busybox: busyboxLinks,
  'ca-certificates': caBundle,
  // Its scripts mend what older versions left behind: on a fresh root there is nothing to mend.
  'alpine-baselayout': nothing,
};

/**
 * The recipe for a package with these scripts; undefined when it has none that run at installation.
 * @param ignored names of packages whose scripts the user knows to be needless
 * @throws ToolError UNSUPPORTED for scripts that nobody has written a recipe for
 */
export function recipeFor(
  name: string,
  scripts: Iterable<string>,
  ignored: readonly string[],
): Recipe | undefined {
  const run = [...scripts].filter((script) => atInstall.has(script));
  if (run.length === 0 || ignored.includes(name)) return undefined;
  const recipe = recipes[name];
  if (recipe) return recipe;
  throw new ToolError(
    'UNSUPPORTED',
    `the package ${name} has scripts (${run.join(', ')}) that Coracle has no recipe for`,
    {
      hint: `Scripts of packages are not run. If the base does without what they make, name the package under alpine.ignoreScripts in coracle.yaml; else take an Alpine image (--base alpine:3).`,
    },
  );
}

/** A link for each command, as `busybox --install -s` makes them: the package lists them in /etc/busybox-paths.d. */
async function busyboxLinks(tree: BaseTree): Promise<Entry[]> {
  const lists = [...tree.keys()]
    .filter((path) => /^etc\/busybox-paths\.d\/[^/]+$/.test(path))
    .sort(compareNames);
  const links = new Map<string, Entry>();
  for (const list of lists) {
    for (const line of (await textAt(tree, list)).split('\n')) {
      const [, listed, name] = /^\/?((?:usr\/)?s?bin)\/([A-Za-z0-9_[.+-]+)$/.exec(line.trim()) ?? [];
      if (listed === undefined || name === undefined) continue;
      // Where /bin is a link, the command belongs into the folder behind it.
      const path = `${resolvePath(tree, listed)?.path ?? listed}/${name}`;
      if (tree.has(path)) continue;
      links.set(path, {
        ...{ path, type: 'symlink', mode: 0o777, ...root, mtime: 0, size: 0 },
        linkName: '/bin/busybox',
      });
    }
  }
  return [...links.values()];
}

/** What update-ca-certificates would join: all that the package ships, by name. */
async function caBundle(tree: BaseTree, mtime: number): Promise<Entry[]> {
  const path = 'etc/ssl/certs/ca-certificates.crt';
  if (tree.has(path)) return [];
  const sources = [...tree.keys()]
    .filter((name) => /^usr\/share\/ca-certificates\/.+\.crt$/.test(name))
    .sort(compareNames);
  const texts = await Promise.all(sources.map(async (name) => textAt(tree, name)));
  return texts.length === 0
    ? []
    : [fileEntry(path, texts.map((text) => `${text.trimEnd()}\n`).join(''), mtime)];
}

async function nothing(): Promise<Entry[]> {
  return [];
}

async function textAt(tree: BaseTree, path: string): Promise<string> {
  const found = resolvePath(tree, path);
  return (found && (await contentOf(found.entry, largest)))?.toString('utf8') ?? '';
}
