import { lstatSync, unlinkSync } from 'node:fs';
import { ToolError } from '../core/errors.ts';
import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';
import { encodeName } from '../layer/names.ts';
import { baseOf, parentOf } from '../layer/safe-path.ts';
import type { DirectoryForm } from './form.ts';
import { removeNow } from './remove-now.ts';
import { isStandIn, resolveStandIn } from './stand-in.ts';
import type { DirectoryFacts } from './unpack.ts';
import { walk } from './walk.ts';
import type { Found } from './walk.ts';
import { indexOf } from './walk-index.ts';

export interface UpperOptions {
  readonly form: DirectoryForm;
  readonly signal: AbortSignal;
  readonly since: number;
  /** Paths that are left out: files, and directories unless something else is in them. */
  readonly omit: ReadonlySet<string>;
  /** Directories of the layers beneath. */
  readonly lower: readonly string[];
  /** What the layers beneath have at a path; asked for only where something on disk may stand in for something else. */
  readonly beneath: ((path: string) => IndexEntry | undefined) | undefined;
}

/**
 * Reads what a process left in the upper directory of an overlay, and makes the directory hold what the index says and nothing else: what is
 * omitted, and sockets, are removed from it.
 */
export async function readUpper(
  upper: string,
  { form, signal, since, omit, lower, beneath }: UpperOptions,
): Promise<{ readonly index: LayerIndex; readonly facts: DirectoryFacts }> {
  const all = await walk(upper, form, { signal, since, onSocket: unlinkSync });
  const gone = omitted(all, omit);
  for (const { entry, place } of all) {
    // What lies below something that goes has gone with it.
    if (gone.has(entry.path) && !gone.has(parentOf(entry.path))) removeNow(place);
  }
  const found = all.filter(({ entry }) => !gone.has(entry.path));
  const resolved = beneath
    ? found.map((item) => ({ ...item, entry: resolveStandIn(item.entry, beneath(item.entry.path), form) }))
    : found;
  for (const { entry, whiteout } of resolved) checkName(entry, whiteout);
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

/** @throws ToolError UNSUPPORTED for a file whose name would mean something else in a layer */
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
