/** What a COPY takes from its source, which depends on the source alone: the same choice serves the step's key and its run. */
import path from 'node:path/posix';
import { ToolError } from '../../core/errors.ts';
import type { Tree, TreeEntry } from '../../snapshot/types.ts';
import type { CopyAction } from '../graph.ts';
import { resolveIn } from '../exec/resolve.ts';
import { missing } from './missing.ts';
import { copyError } from './instruction.ts';
import type { CopyEngineOptions } from './options.ts';
import { choice, take, type Item } from './take.ts';

type CopyFrom = Extract<CopyAction, { kind: 'copy' }>;

/** What one source, or one match of its pattern, comes to. Links on the way to it, and it itself when it is one, are followed. */
export interface Picked {
  /** As the user wrote it. */
  readonly source: string;
  /** The last part of its name: what it is called in a directory that it is put into. Empty for the root. */
  readonly name: string;
  readonly item: Item;
  /** True when patterns were to choose from it, and chose nothing. */
  readonly nothing?: boolean;
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
      const item = await take(tree, entry, name, chosen);
      const none = include !== undefined && item?.items?.length === 0;
      if (item) picked.push({ source, name, item, ...(none && { nothing: true }) });
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
