/** Which of the things in a directory are taken, by --exclude and --parents. */
import path from 'node:path/posix';
import type { Tree, TreeEntry } from '../../snapshot/types.ts';
import type { PatternSet } from './options.ts';

/** A file or directory that is taken. */
export interface Item {
  /** Its name in the directory that it stands in. */
  readonly name: string;
  readonly entry: TreeEntry;
  /** False for a directory that is only there because of what is taken from it. */
  readonly include: boolean;
  /** Of a directory. */
  readonly items?: readonly Item[];
}

export interface Choice {
  /** Bits of the patterns that a directory matched, for what is in it. */
  readonly decide: (
    at: string,
    above: Above | undefined,
  ) => { readonly include: boolean; readonly above: Above };
  /** Whether anything below a directory that is not taken itself could be. */
  readonly below: (at: string) => boolean;
}

interface Above {
  readonly included: Uint8Array;
  readonly excluded: Uint8Array;
}

/** Undefined when all is taken. */
export function choice(include: PatternSet | undefined, exclude: PatternSet | undefined): Choice | undefined {
  if (!include && !exclude) return undefined;
  const prefixes = include?.patterns.map(literalPrefix);
  return {
    decide: (at, above) => {
      const next = {
        included: new Uint8Array(include?.patterns.length ?? 0),
        excluded: new Uint8Array(exclude?.patterns.length ?? 0),
      };
      const wanted = include?.ignores(at, above?.included, next.included) ?? true;
      const unwanted = exclude?.ignores(at, above?.excluded, next.excluded) ?? false;
      return { include: wanted && !unwanted, above: next };
    },
    below: (at) => {
      if (prefixes)
        return prefixes.some((prefix) => `${prefix}/`.startsWith(`${at}/`) || at.startsWith(prefix));
      return exclude?.mayHold(at) ?? false;
    },
  };
}

/** The parts of a pattern that match only themselves. */
function literalPrefix(pattern: string): string {
  const parts = pattern.split('/');
  const first = parts.findIndex((part) => /[*?[\\]/.test(part));
  return (first === -1 ? parts : parts.slice(0, first)).join('/');
}

/**
 * What is taken of a file or directory, which is itself always taken: patterns are about what is in it.
 * @param name what it is called where it is put
 */
export async function take(
  tree: Tree,
  entry: TreeEntry,
  name: string,
  chosen: Choice | undefined,
): Promise<Item | undefined> {
  return walk(tree, entry, name, '', undefined, chosen);
}

async function walk(
  tree: Tree,
  entry: TreeEntry,
  name: string,
  at: string,
  above: Above | undefined,
  chosen: Choice | undefined,
): Promise<Item | undefined> {
  const decided = at === '' ? undefined : chosen?.decide(at, above);
  const include = decided?.include ?? true;
  if (entry.type !== 'directory') return include ? { name, entry, include } : undefined;
  if (!include && chosen && !chosen.below(at)) return undefined;
  const items: Item[] = [];
  for (const child of await tree.list(entry.path)) {
    const childName = path.basename(child.path);
    const below = at === '' ? childName : `${at}/${childName}`;
    // Without a choice to make a file costs no promise.
    const item =
      child.type !== 'directory' && !chosen
        ? { name: childName, entry: child, include: true }
        : await walk(tree, child, childName, below, decided?.above, chosen);
    if (item) items.push(item);
  }
  return include || items.length > 0 ? { name, entry, include, items } : undefined;
}
