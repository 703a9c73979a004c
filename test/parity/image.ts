/** What an OCI archive amounts to: for each platform its config and the tree that its layers make together. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parseJson } from '../support/json.ts';
import { readTar } from './tar.ts';
import type { TarEntry } from './tar.ts';

/** One path of a tree; what can be compared, in a form that JSON keeps. */
export interface Node {
  readonly type: 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo';
  readonly mode: string;
  readonly owner: string;
  /** Whole seconds. */
  readonly mtime: number;
  readonly size?: number;
  readonly sha256?: string;
  readonly target?: string;
  readonly device?: string;
  readonly xattrs?: Readonly<Record<string, string>>;
  /** The first of the names that this file has, when it has several. */
  readonly sameAs?: string;
}

export interface Config {
  readonly architecture?: string;
  readonly os?: string;
  readonly variant?: string;
  readonly author?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly history?: readonly { created_by?: string; comment?: string; empty_layer?: boolean }[];
  readonly rootfs?: { diff_ids: readonly string[] | null };
}

export interface Image {
  readonly platform: string;
  readonly config: Config;
  readonly tree: Readonly<Record<string, Node>>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { os: string; architecture: string; variant?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

type Read = (descriptor: Descriptor) => Buffer;

/** The images of an archive that `type=oci,dest=…` wrote. Everything is checked against its digest. */
export function readOciArchive(file: string): Image[] {
  const members = new Map<string, Buffer>();
  for (const entry of readTar(readFileSync(file))) members.set(entry.name, entry.content);
  const read: Read = ({ digest, size }) => {
    const bytes = members.get(`blobs/${digest.replace(':', '/')}`);
    if (!bytes) throw new Error(`the archive lacks ${digest}`);
    if (`sha256:${sha256(bytes)}` !== digest || bytes.length !== size)
      throw new Error(`the archive holds something else as ${digest}`);
    return bytes;
  };
  const index = members.get('index.json');
  if (!index) throw new Error('the archive has no index.json');
  return parseJson<{ manifests: Descriptor[] }>(index.toString()).manifests.flatMap((descriptor) =>
    imagesOf(descriptor, read),
  );
}

function imagesOf(descriptor: Descriptor, read: Read): Image[] {
  const document = parseJson<{ manifests?: Descriptor[]; config?: Descriptor; layers?: Descriptor[] }>(
    read(descriptor).toString(),
  );
  if (document.manifests) return document.manifests.flatMap((child) => imagesOf(child, read));
  if (!document.config) throw new Error(`${descriptor.digest} is no manifest`);
  // BuildKit's attestations; none are asked for, but some defaults have them.
  if (descriptor.annotations?.['vnd.docker.reference.type'] !== undefined) return [];
  const config = parseJson<Config>(read(document.config).toString());
  const layers = (document.layers ?? []).map((layer, at) =>
    layerOf(layer, config.rootfs?.diff_ids?.[at] ?? '', read),
  );
  const { os = '', architecture = '', variant } = config;
  return [
    {
      platform: [os, architecture, ...(variant === undefined ? [] : [variant])].join('/'),
      config,
      tree: treeOf(layers),
    },
  ];
}

/** An entry of a layer, with its content's hash in place of its content. */
interface LayerEntry extends Omit<TarEntry, 'content'> {
  readonly size: number;
  readonly sha256: string;
}

/** Layers are shared by most cases: each is read once. */
const known = new Map<string, readonly LayerEntry[]>();

function layerOf(descriptor: Descriptor, diffId: string, read: Read): readonly LayerEntry[] {
  const found = known.get(descriptor.digest);
  if (found) return found;
  const bytes = read(descriptor);
  const tar =
    bytes.readUInt16BE(0) === 0x1f8b
      ? gunzipSync(bytes)
      : bytes.readUInt32BE(0) === 0x28b52ffd
        ? zstdDecompressSync(bytes)
        : bytes;
  if (`sha256:${sha256(tar)}` !== diffId) throw new Error(`the layer ${descriptor.digest} is not ${diffId}`);
  const entries = [...readTar(tar)].map(({ content, ...entry }) => ({
    ...entry,
    size: content.length,
    sha256: sha256(content),
  }));
  known.set(descriptor.digest, entries);
  return entries;
}

/** A path of the tree: what it refers to, shared by hard links, and the layer that last had it. */
interface Place {
  readonly inode: LayerEntry;
  readonly layer: number;
}

/** Applies layers as the OCI image specification says. */
function treeOf(layers: readonly (readonly LayerEntry[])[]): Record<string, Node> {
  const tree = new Map<string, Place>();
  const removeBelow = (name: string, upTo: number): void => {
    const prefix = name === '' ? '' : `${name}/`;
    for (const [key, place] of tree)
      if (key.startsWith(prefix) && key !== '' && place.layer < upTo) tree.delete(key);
  };
  for (const [layer, entries] of layers.entries()) {
    for (const entry of entries) {
      const name = clean(entry.name);
      const base = name.slice(name.lastIndexOf('/') + 1);
      const parent = name.slice(0, Math.max(0, name.length - base.length - 1));
      if (base === '.wh..wh..opq') {
        removeBelow(parent, layer);
      } else if (base.startsWith('.wh.')) {
        const hidden = [parent, base.slice(4)].filter((part) => part !== '').join('/');
        if ((tree.get(hidden)?.layer ?? layer) < layer) tree.delete(hidden);
        removeBelow(hidden, layer);
      } else {
        if (entry.type !== '5') removeBelow(name, Infinity);
        const inode = entry.type === '1' ? tree.get(clean(entry.link))?.inode : entry;
        if (!inode) throw new Error(`a hard link to nothing: ${entry.name} to ${entry.link}`);
        tree.set(name, { inode, layer });
      }
    }
  }
  return nodesOf(tree);
}

function nodesOf(tree: ReadonlyMap<string, Place>): Record<string, Node> {
  const places = [...tree].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const groups = Map.groupBy(places, ([, place]) => place.inode);
  return Object.fromEntries(
    places.map(([name, { inode }]) => {
      const group = groups.get(inode) ?? [];
      const node = nodeOf(inode);
      const first = group[0]?.[0] ?? '';
      return [
        printable(name === '' ? '.' : name),
        group.length > 1 ? { ...node, sameAs: printable(first) } : node,
      ];
    }),
  );
}

function clean(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

const types = {
  '0': 'file',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
} as const;

function nodeOf(entry: LayerEntry): Node {
  const type = Object.entries(types).find(([flag]) => flag === entry.type)?.[1];
  if (type === undefined) throw new Error(`an entry of type ${entry.type}: ${entry.name}`);
  const xattrs = Object.entries(entry.xattrs).map(([key, value]) => [key, value.toString('base64')] as const);
  return {
    type,
    // A symlink has no mode of its own; writers differ in what they put there.
    mode: type === 'symlink' ? 'link' : (entry.mode & 0o7777).toString(8).padStart(4, '0'),
    owner: `${entry.uid}:${entry.gid}`,
    mtime: Math.floor(entry.mtime),
    ...(type === 'file' && { size: entry.size, sha256: entry.sha256 }),
    ...(type === 'symlink' && { target: printable(entry.link) }),
    ...((type === 'char' || type === 'block') && { device: `${entry.major}:${entry.minor}` }),
    ...(xattrs.length > 0 && {
      xattrs: Object.fromEntries(xattrs.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    }),
  };
}

/** Bytes for people: UTF-8 where it is that, escapes elsewhere. */
export function printable(bytes: string): string {
  const buffer = Buffer.from(bytes, 'latin1');
  const utf8 = buffer.toString('utf8');
  return Buffer.from(utf8, 'utf8').equals(buffer)
    ? utf8
    : bytes.replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
