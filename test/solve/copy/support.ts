/** Trees and layers in memory, and one COPY from the first to the second. */
import { createHash } from 'node:crypto';
import { unpackArchive } from '../../../src/context/archive.ts';
import { compileGlob } from '../../../src/context/glob.ts';
import { compileIgnore } from '../../../src/context/ignore.ts';
import { indexDigest, type IndexEntry, type LayerIndex } from '../../../src/layer/layer-index.ts';
import { compareNames } from '../../../src/layer/names.ts';
import { baseOf, parentOf } from '../../../src/layer/safe-path.ts';
import type { Bytes } from '../../../src/oci/image.ts';
import type { LayerId, Snapshots, Tree, TreeEntry } from '../../../src/snapshot/types.ts';
import { copyEngine } from '../../../src/solve/engines/copy.ts';
import type { CopyAction, CopyOp, Snapshot } from '../../../src/solve/graph.ts';
import type { KeyParts } from '../../../src/solve/solver.ts';
import { openBlobs } from '../../../src/store/blobs.ts';
import { openPlace } from '../../../src/store/place.ts';
import { testCtx, type TestCtx } from '../../support/ctx.ts';

export interface Named extends TreeEntry {
  readonly text?: string;
  readonly bytes?: Uint8Array;
}

type More = Partial<Omit<TreeEntry, 'path' | 'type'>>;

export function file(path: string, text = '', more: More = {}): Named {
  const digest = createHash('sha256').update(text).digest('hex');
  return { ...defaults, path, type: 'file', size: Buffer.byteLength(text), text, digest, ...more };
}
export function dir(path: string, more: More = {}): Named {
  return { ...defaults, path, type: 'directory', mode: 0o755, ...more };
}
export function link(path: string, linkName: string, more: More = {}): Named {
  return { ...defaults, path, type: 'symlink', mode: 0o777, linkName, ...more };
}
export function special(path: string, type: 'fifo' | 'char' | 'block', more: More = {}): Named {
  return { ...defaults, path, type, ...more };
}
const defaults = { mode: 0o644, uid: 0, gid: 0, mtime: 1_000, size: 0 } as const;

/** Directories above entries need not be listed. */
export function memoryTree(entries: readonly Named[]): Tree & { readonly all: ReadonlyMap<string, Named> } {
  const all = new Map<string, Named>();
  const put = (entry: Named): void => {
    for (let above = parentOf(entry.path); above !== '' && !all.has(above); above = parentOf(above))
      all.set(above, dir(above));
    all.set(entry.path, entry);
  };
  entries.forEach(put);
  const below = Map.groupBy(
    [...all.values()].filter(({ path }) => path !== ''),
    ({ path }) => parentOf(path),
  );
  for (const list of below.values()) list.sort((a, b) => compareNames(a.path, b.path));
  const bytes = (entry: TreeEntry): Uint8Array => {
    const found = all.get(entry.path);
    return found?.bytes ?? Buffer.from(found?.text ?? '');
  };
  return {
    all,
    entry: async (path) => all.get(path),
    list: async (path) => (all.get(path)?.type === 'directory' || path === '' ? (below.get(path) ?? []) : []),
    digest: async (entry) => createHash('sha256').update(bytes(entry)).digest('hex'),
    open: (entry) => once(bytes(entry)),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

interface MemoryLayer {
  readonly index: LayerIndex;
  readonly content: (entry: IndexEntry) => Bytes;
}

/** Snapshots that keep indexes, and put them one above the other as an image is unpacked. */
export function memorySnapshots(): Pick<Snapshots, 'add' | 'tree' | 'index'> & {
  readonly layers: ReadonlyMap<LayerId, MemoryLayer>;
} {
  const layers = new Map<LayerId, MemoryLayer>();
  return {
    layers,
    add: async (index, content) => {
      const id: LayerId = `index:${indexDigest(index)}`;
      layers.set(id, { index, content });
      return id;
    },
    index: async (id) => layers.get(id)?.index ?? [],
    tree: async (ids) => {
      const all = new Map<string, Named>();
      for (const id of ids) await stack(all, layers.get(id));
      return memoryTree([...all.values()]);
    },
  };
}

async function stack(all: Map<string, Named>, layer: MemoryLayer | undefined): Promise<void> {
  const below = (path: string): string[] => [...all.keys()].filter((key) => key.startsWith(`${path}/`));
  const gone = new Set<string>();
  for (const { path } of layer?.index ?? []) {
    const name = baseOf(path);
    const parent = parentOf(path);
    if (name === '.wh..wh..opq') below(parent).forEach((key) => gone.add(key));
    else if (name.startsWith('.wh.')) {
      const target = [parent, name.slice(4)].filter(Boolean).join('/');
      [target, ...below(target)].forEach((key) => gone.add(key));
    }
  }
  gone.forEach((key) => all.delete(key));
  for (const entry of layer?.index ?? []) {
    if (baseOf(entry.path).startsWith('.wh.')) continue;
    if (entry.type !== 'directory') below(entry.path).forEach((key) => all.delete(key));
    if (entry.type === 'hardlink') {
      const first = all.get(entry.linkName ?? '');
      if (!first) throw new Error(`${entry.path} links to nothing`);
      const same = first.same ?? first.path;
      all.set(first.path, { ...first, same });
      all.set(entry.path, { ...first, path: entry.path, same });
      continue;
    }
    const chunks: Uint8Array[] = [];
    if (layer && entry.type === 'file') for await (const chunk of layer.content(entry)) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const text = bytes.toString();
    if (entry.type === 'file' && createHash('sha256').update(bytes).digest('hex') !== entry.digest)
      throw new Error(`${entry.path} has another content than its digest says`);
    all.set(entry.path, { ...entry, text });
  }
}

/** `d 755 app`, `f 644 app/main.go = text`, `l app/link -> main.go`; owners only where it is not root. */
export function lines(entries: Iterable<IndexEntry & { readonly text?: string }>): string[] {
  return [...entries]
    .filter(({ path }) => path !== '')
    .sort((a, b) => compareNames(a.path, b.path))
    .map((entry) => {
      const { path, type, mode, uid, gid, text, linkName } = entry;
      const owner = uid === 0 && gid === 0 ? '' : ` ${uid}:${gid}`;
      const what = type === 'symlink' ? 'l' : `${type.slice(0, 1)} ${mode.toString(8)}`;
      const tail = linkName !== undefined ? ` -> ${linkName}` : text ? ` = ${text}` : '';
      return `${what}${owner} ${path}${tail}`;
    });
}

export interface Copied {
  /** What the image then holds. */
  readonly tree: string[];
  /** What the new layer holds. */
  readonly layer: string[];
  readonly index: LayerIndex;
  readonly image: ReadonlyMap<string, Named>;
  readonly key: KeyParts | undefined;
  readonly ctx: TestCtx;
}

export const testOptions = (blobs: Parameters<typeof copyEngine>[2]['blobs']) => ({
  glob: compileGlob,
  patterns: compileIgnore,
  unpackArchive,
  blobs,
});

/** Does the actions with `source` as input 1 (a context; with `stage` a stage) above `base`. */
export async function copy(
  actions: readonly (Partial<Extract<CopyAction, { kind: 'copy' }>> | CopyAction)[],
  source: readonly Named[] = [],
  base?: readonly Named[],
  how: { readonly link?: boolean; readonly stage?: boolean } = {},
): Promise<Copied> {
  const ctx = testCtx({ now: () => new Date(5_000_000) });
  const snapshots = memorySnapshots();
  const lay = async (entries: readonly Named[]): Promise<Snapshot> => {
    const tree = memoryTree(entries);
    const index = [...tree.all.values()].sort((a, b) => compareNames(a.path, b.path));
    const id = await snapshots.add(index, (entry) => tree.open(entry));
    return { layers: [{ id, what: '', reused: false }] };
  };
  const below: Snapshot = base ? await lay(base) : { layers: [] };
  const from: Snapshot = how.stage ? await lay(source) : { layers: [], tree: memoryTree(source) };
  const blobs = openBlobs(openPlace(ctx.home));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the engine uses these of it
  const engine = copyEngine(ctx, snapshots as unknown as Snapshots, testOptions(blobs));
  const op: CopyOp = {
    kind: 'copy',
    link: how.link ?? false,
    actions: actions.map((action) => ({ ...action0, ...action })),
  };
  const inputs = [below, from];
  const key = await engine.key(op, inputs);
  const step = { id: '', log: () => undefined, note: () => undefined };
  const { layers } = await engine.run(op, inputs, step);
  const top = layers.at(-1)?.id;
  const index = top === undefined ? [] : await snapshots.index(top);
  const tree = await snapshots.tree(layers.map(({ id }) => id));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a memory tree
  const image = (tree as ReturnType<typeof memoryTree>).all;
  return { tree: lines(image.values()), layer: lines(index), index, image, key, ctx };
}

const action0 = {
  kind: 'copy',
  input: 1,
  sources: ['.'],
  dest: '/',
  parents: false,
  exclude: [],
  unpack: false,
} as const;
