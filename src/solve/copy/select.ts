/** What a COPY takes from its source, which depends on the source alone: the same choice serves the step's key and its run. */
import path from 'node:path/posix';
import { ToolError } from '../../core/errors.ts';
import type { Tree, TreeEntry } from '../../snapshot/types.ts';
import type { CopyAction } from '../graph.ts';
import { resolveIn } from '../exec/resolve.ts';
import { missing } from './missing.ts';
import { copyError } from './instruction.ts';
import type { CopyEngineOptions, PatternSet } from './options.ts';

type CopyFrom = Extract<CopyAction, { kind: 'copy' }>;

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

/** What one source, or one match of its pattern, comes to. Links on the way to it, and it itself when it is one, are followed. */
export interface Picked {
  /** As the user wrote it. */
  readonly source: string;
  /** The last part of its name: what it is called in a directory that it is put into. Empty for the root. */
  readonly name: string;
  readonly item: Item;
}

/** @throws ToolError NOT_FOUND, DOCKERFILE_INVALID for a malformed pattern */
export async function select(
  tree: Tree,
  action: CopyFrom,
  options: CopyEngineOptions,
  fromContext: boolean,
): Promise<readonly Picked[]> {
  const exclude =
    action.exclude.length > 0 ? compile(action, () => options.patterns(action.exclude)) : undefined;
  const picked: Picked[] = [];
  for (const source of action.sources) {
    const { start, include } = action.parents ? splitPivot(source) : { start: source, include: undefined };
    const wantedOnly = include === undefined ? undefined : compile(action, () => options.patterns([include]));
    const chosen = choice(wantedOnly, exclude);
    const wanted = path.join('/', start);
    const found = action.literal
      ? [wanted]
      : await matches(tree, wanted, (pattern) => compile(action, () => options.glob(pattern)));
    if (!found) throw await missing(tree, action, source, wanted, options, fromContext);
    for (const match of found) {
      const entry = await follow(tree, action, source, match);
      if (!entry) throw await missing(tree, action, source, match, options, fromContext);
      const name = path.basename(match);
      const item = await walk(tree, entry, name, '', undefined, chosen);
      if (item) picked.push({ source, name, item });
    }
  }
  return picked;
}

/** Malformed patterns are the Dockerfile's fault, at its place. */
function compile<R>(action: CopyAction, make: () => R): R {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw copyError(action, 'DOCKERFILE_INVALID', error.message, error.hint);
  }
}

/** `--parents`: what stands before `/./` is the directory whose inner paths are kept; without one it is the root. */
function splitPivot(source: string): { readonly start: string; readonly include: string } {
  const pivot = source.indexOf('/./');
  const [start, inner] = pivot === -1 ? ['/', source] : [source.slice(0, pivot), source.slice(pivot + 3)];
  return { start, include: path.join('/', inner).slice(1) };
}

async function follow(
  tree: Tree,
  action: CopyFrom,
  source: string,
  match: string,
): Promise<TreeEntry | undefined> {
  if (action.literal) return (await entryAt(tree, match.slice(1))) ?? onlyFile(tree);
  try {
    return (await resolveIn(tree, match)).entry;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw copyError(action, 'NOT_FOUND', error.message, error.hint, source);
  }
}

async function entryAt(tree: Tree, at: string): Promise<TreeEntry | undefined> {
  return at === '' ? (await resolveIn(tree, '')).entry : tree.entry(at);
}

/** A URL's tree holds one file, which the server may have given another name than the URL; here it is called as the URL says. */
async function onlyFile(tree: Tree): Promise<TreeEntry | undefined> {
  const [only, ...others] = await tree.list('');
  return only?.type === 'file' && others.length === 0 ? only : undefined;
}

/** Only these make a name a pattern; a backslash alone does not. */
export function isPattern(name: string): boolean {
  return /^(?:\\.|[^\\*?[])*[*?[]/s.test(name);
}

/**
 * The paths that a name or pattern means, in byte order. Links are followed before the first part with a wildcard, not behind it.
 * Undefined when the directory that a pattern begins in is missing; a pattern that nothing matches means nothing, as in BuildKit.
 */
async function matches(
  tree: Tree,
  wanted: string,
  glob: (pattern: string) => (path: string) => boolean,
): Promise<readonly string[] | undefined> {
  const parts = wanted.split('/').slice(1);
  const first = parts.findIndex(isPattern);
  if (first === -1) return [wanted];
  const { entry } = await resolveIn(tree, parts.slice(0, first).join('/'));
  if (!entry) return undefined;
  let found = [entry];
  for (const part of parts.slice(first)) {
    const match = glob(part);
    const lists = await Promise.all(
      found.map(async ({ type, path: at }) => (type === 'directory' ? tree.list(at) : [])),
    );
    found = lists.flat().filter((candidate) => match(path.basename(candidate.path)));
  }
  return found.map((candidate) => `/${candidate.path}`);
}

interface Choice {
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
function choice(include: PatternSet | undefined, exclude: PatternSet | undefined): Choice | undefined {
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

async function walk(
  tree: Tree,
  entry: TreeEntry,
  name: string,
  at: string,
  above: Above | undefined,
  chosen: Choice | undefined,
): Promise<Item | undefined> {
  // The source itself is always taken.
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
