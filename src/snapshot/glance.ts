import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';
import { baseOf, parentOf } from '../layer/safe-path.ts';
import { opaquePath, whiteoutPath } from '../layer/whiteout.ts';
import type { Bytes } from '../oci/image.ts';
import type { Folder } from './folder.ts';
import type { LayerForms } from './forms.ts';
import type { Origin } from './merged.ts';
import type { LayerId, Tree, TreeEntry } from './types.ts';

/** What each step asks of its root before it starts: who the users are, and whether these directories are there. */
const places = ['dev', 'proc', 'sys'] as const;
const files = ['etc/passwd', 'etc/group'] as const;
const asked: readonly string[] = ['etc', ...files, ...places];

/** All that a layer may have to say of it. */
const said: ReadonlySet<string> = new Set([
  ...asked,
  ...asked.map(whiteoutPath),
  ...['', 'etc'].map(opaquePath),
]);
const names: ReadonlySet<string> = new Set([...said].map(baseOf));

/** As much of the layers' forms as is needed. */
export interface GlanceForms extends Pick<LayerForms, 'index' | 'unpacked'> {
  folder(id: LayerId): Pick<Folder, 'glance' | 'writeGlance'>;
}

/**
 * A stack of layers as a tree of which nothing is known but what each step asks: merging a whole image for that takes longer than starting
 * the step. Undefined when only the whole tells, as links may be on the way.
 * @param layers lowest first
 */
export async function glanceTree(
  layers: readonly LayerId[],
  forms: GlanceForms,
  open: (id: LayerId, origin: Origin) => Bytes,
): Promise<Tree | undefined> {
  const all = await Promise.all(layers.map(async (id) => saidBy(id, forms)));
  const found = new Map<string, { readonly entry: TreeEntry; readonly layer: number }>();
  const gone = new Set<string>();
  for (const [layer, entries] of [...all.entries()].reverse()) {
    if (!entries) return undefined;
    const by = new Map(entries.map((entry) => [entry.path, entry]));
    for (const path of asked) {
      const entry = by.get(path);
      if (entry && !gone.has(path) && !found.has(path)) found.set(path, { entry, layer });
      if (hidden(path, by)) gone.add(path);
    }
  }
  return {
    entry: async (path) => found.get(path)?.entry,
    list: async () => [],
    digest: async (entry) => entry.digest ?? '',
    open: async function* ({ path }) {
      const file = found.get(path);
      const id = file && layers[file.layer];
      if (!file || id === undefined) throw new TypeError(`${path} was not found`);
      // A directory is read by name; only in a blob the position counts.
      const there = await forms.unpacked(id);
      const plain = there && !there.facts.relocated;
      const position = plain ? 0 : (await forms.index(id)).findIndex((entry) => entry.path === path);
      yield* open(id, { layer: file.layer, position, entry: file.entry });
    },
  };
}

/** The layer takes away what the layers below have at the path. */
function hidden(path: string, by: ReadonlyMap<string, IndexEntry>): boolean {
  if (by.has(opaquePath(''))) return true;
  const parent = parentOf(path);
  const above = parent !== '' && (by.has(opaquePath(parent)) || by.has(whiteoutPath(parent)));
  return above || by.has(whiteoutPath(path));
}

/** What a layer says, kept beside its index. */
async function saidBy(id: LayerId, forms: GlanceForms): Promise<LayerIndex | undefined> {
  const folder = forms.folder(id);
  const kept = await folder.glance();
  if (kept) return kept;
  const found = glanceAt(await forms.index(id));
  if (found) await folder.writeGlance(found);
  return found;
}

/**
 * What a layer says of the paths, by plain names; undefined when it may say something by others: through a link that another layer has, or
 * with links of its own.
 */
export function glanceAt(index: LayerIndex): LayerIndex | undefined {
  const found: IndexEntry[] = [];
  // Of this layer, in its order: what is put into one of them is there and nowhere else.
  const directories = new Set<string>();
  const isPlain = (path: string): boolean => {
    for (let at = parentOf(path); at !== ''; at = parentOf(at)) if (!directories.has(at)) return false;
    return true;
  };
  for (const entry of index) {
    const { path, type } = entry;
    if (type === 'directory') directories.add(path);
    else directories.delete(path);
    if (said.has(path)) {
      if (path === 'etc' && type !== 'directory') return undefined;
      if (files.some((file) => file === path) && type !== 'file') return undefined;
      found.push(entry);
    } else if (names.has(baseOf(path)) || places.some((place) => path.startsWith(`${place}/`))) {
      if (!isPlain(path)) return undefined;
    }
  }
  return found;
}
