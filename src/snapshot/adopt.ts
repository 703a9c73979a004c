import { lstatSync, unlinkSync } from 'node:fs';
import { ToolError } from '../core/errors.ts';
import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';
import { compareNames, encodeName } from '../layer/names.ts';
import { baseOf, parentOf } from '../layer/safe-path.ts';
import { whiteoutOf } from '../layer/whiteout.ts';
import { changesOf } from './changes.ts';
import type { RootState } from './copied.ts';
import type { DirectoryForm } from './form.ts';
import { removeNow } from './remove-now.ts';
import { isStandIn, resolveStandIn } from './stand-in.ts';
import type { DirectoryFacts } from './layer-writer.ts';
import { walk } from './walk.ts';
import type { Found } from './walk.ts';
import { indexOf } from './walk-index.ts';

export interface AdoptOptions {
  readonly form: DirectoryForm;
  readonly signal: AbortSignal;
  readonly since: number;
  /** Paths that are left out: files, and directories unless something else is in them. */
  readonly omit: ReadonlySet<string>;
}

type Beneath = (path: string) => IndexEntry | undefined;

/**
 * Reads what a process left in the upper directory of an overlay, and makes the directory hold what the index says and nothing else: what is
 * omitted, and sockets, are removed from it.
 * @param lower directories of the layers beneath
 * @param beneath what those have at a path; given where something on disk may stand in for something else
 * @throws ToolError UNSUPPORTED for what no layer can hold; SANDBOX_FAILED, FILE_UNREADABLE
 */
export async function readUpper(
  upper: string,
  lower: readonly string[],
  beneath: Beneath | undefined,
  { form, signal, since, omit }: AdoptOptions,
): Promise<{ readonly index: LayerIndex; readonly facts: DirectoryFacts }> {
  const all = await walk(upper, form, { signal, since, onSocket: unlinkSync });
  const gone = omitted(all, omit);
  for (const { entry, place } of all) {
    // What lies below something that goes has gone with it.
    if (gone.has(entry.path) && !gone.has(parentOf(entry.path))) removeNow(place);
  }
  const found = all.filter(({ entry }) => !gone.has(entry.path));
  const resolved = resolveAll(found, beneath, form);
  const index = await indexOf(resolved, signal, (directory) =>
    lower.some((layer) => isDirectory(layer, directory)),
  );
  return {
    index,
    facts: {
      bytes: index.reduce((sum, { size }) => sum + size, 0),
      standIns: resolved.some(
        ({ entry }, at) => entry.type !== found[at]?.entry.type || isStandIn(entry, form),
      ),
      implied: [],
      relocated: false,
    },
  };
}

/** Reads what a process changed in a copied root: the same index that an overlay's upper directory would give. */
export async function readChanges(
  root: string,
  before: RootState,
  beneath: Beneath,
  { form, signal, since, omit }: AdoptOptions,
): Promise<LayerIndex> {
  const all = await walk(root, form, { signal, since });
  const { found, gone } = changesOf(all, before, beneath);
  const left = omitted(found, omit);
  const kept = resolveAll(
    found.filter(({ entry }) => !left.has(entry.path)),
    beneath,
    form,
  );
  const index = [...(await indexOf(kept, signal, () => true)), ...gone];
  return index.sort((a, b) => compareNames(meantBy(a), meantBy(b)));
}

/** The path that an entry says something of. */
function meantBy({ path }: IndexEntry): string {
  const meaning = whiteoutOf(path);
  return meaning.kind === 'none' || meaning.kind === 'ignored' ? path : meaning.path;
}

function resolveAll(
  found: readonly Found[],
  beneath: Beneath | undefined,
  form: DirectoryForm,
): readonly Found[] {
  for (const { entry, whiteout } of found) checkName(entry, whiteout);
  if (!beneath) return found;
  return found.map((item) => ({
    ...item,
    entry: resolveStandIn(item.entry, beneath(item.entry.path), form),
  }));
}

/** Paths of `omit`, without directories that hold something else. */
function omitted(all: readonly Found[], omit: ReadonlySet<string>): ReadonlySet<string> {
  const gone = new Set<string>();
  const kept = new Set<string>();
  // Children come after their parents, so from the end.
  for (const { entry } of all.toReversed()) {
    if (omit.has(entry.path) && !kept.has(entry.path)) gone.add(entry.path);
    else kept.add(parentOf(entry.path));
  }
  return gone;
}

function checkName({ path }: IndexEntry, whiteout: boolean): void {
  if (whiteout || !baseOf(path).startsWith('.wh.')) return;
  throw new ToolError(
    'UNSUPPORTED',
    `the step left a file named ${JSON.stringify(path)}, and in a layer such a name says that a file is gone`,
    {
      hint: 'Names that begin with .wh. are reserved in images; remove or rename the file in the same step.',
    },
  );
}

function isDirectory(layer: string, path: string): boolean {
  const place = Buffer.concat([Buffer.from(`${layer}/`), encodeName(path)]);
  return lstatSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
