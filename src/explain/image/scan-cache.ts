import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { statKey } from '../../core/files.ts';
import type { Digest } from '../../oci/digest.ts';
import type { FilePlace, Layer } from '../../oci/image.ts';
import type { Store } from '../../store/store.ts';
import type { ElfFacts } from '../files/elf-look.ts';
import type { FileScan } from '../files/scan.ts';
import { revisionOf } from '../revision.ts';
import type { ScannedLayer } from './scan-layer.ts';

/** Another version may see more in the same bytes. The number is of the form in which it is kept. */
const bucket = `layer-files-3-${revisionOf(import.meta.url)}`;

/** A scan as JSON: columns as base64 of their bytes, which is the machine's own order; the store is never shared between machines. */
interface Kept {
  readonly unpacked: number;
  /** Not compressed: contents are read in place. */
  readonly plain: boolean;
  readonly columns: Readonly<Record<Column, string>>;
  readonly links: readonly (readonly [number, string])[];
  readonly devices: readonly (readonly [number, readonly [number, number]])[];
  readonly capabilities: readonly (readonly [number, string])[];
  readonly elves: readonly (readonly [number, ElfFacts])[];
  readonly secrets: readonly (readonly [number, string])[];
  readonly texts: readonly (readonly [number, string])[];
}

type Column =
  'paths' | 'pathEnds' | 'types' | 'modes' | 'uids' | 'gids' | 'sizes' | 'offsets' | 'rows' | 'hashes';

/** Where the findings of a layer are kept. */
export interface Slot {
  readonly key: string;
  /** Of a blob that lies in a file. */
  readonly place?: FilePlace;
}

/** What is found in a blob by its digest alone, as its source proves the digest. */
export function slotOf(digest: Digest): Slot {
  return { key: digest };
}

/**
 * Of a layer in an archive: a file changes, so its metadata is part of the name, as is the place in it, and the digest that was proven there.
 * Undefined for a layer that lies in no file, or in one that was written so lately that its metadata proves nothing.
 */
export async function slotInFile(layer: Layer, now: Date): Promise<Slot | undefined> {
  const place = await layer.locate?.().catch(() => undefined);
  const stat = place && (await fs.stat(place.file, { bigint: true }).catch(() => undefined));
  if (!stat || Number(stat.ctimeNs / 1_000_000n) > now.getTime() - settling) return undefined;
  const seal = `${place.file} ${place.offset} ${statKey(stat)} ${layer.digest}`;
  return { key: createHash('sha256').update(seal).digest('hex'), place };
}

/** Milliseconds after which a file's time stamps tell of the next write. */
const settling = 1000;

/** Keeps what was found in a layer. Losing it costs only time, and so does failing to keep it. */
export async function rememberScan(
  store: Store,
  { key }: Slot,
  { scan, unpacked, place }: ScannedLayer,
): Promise<void> {
  const base64 = (column: ArrayBufferView): string =>
    Buffer.from(column.buffer, column.byteOffset, column.byteLength).toString('base64');
  const kept: Kept = {
    unpacked,
    plain: place !== undefined,
    columns: {
      paths: base64(scan.paths.bytes),
      pathEnds: base64(scan.paths.ends),
      types: base64(scan.types),
      modes: base64(scan.modes),
      uids: base64(scan.uids),
      gids: base64(scan.gids),
      sizes: base64(scan.sizes),
      offsets: base64(scan.offsets),
      rows: base64(scan.rows),
      hashes: base64(scan.hashes),
    },
    links: [...scan.links],
    devices: [...scan.devices],
    capabilities: [...scan.capabilities],
    elves: [...scan.elves],
    secrets: [...scan.secrets],
    texts: [...scan.texts],
  };
  await store.cache.set(bucket, key, kept).catch(() => undefined);
}

export async function recallScan(store: Store, { key, place }: Slot): Promise<ScannedLayer | undefined> {
  const kept = await store.cache.get<Kept>(bucket, key);
  if (!kept) return undefined;
  // A copy of its own, as a view of wider numbers has to begin at a multiple of their size.
  const bytes = (column: Column): ArrayBuffer =>
    new Uint8Array(Buffer.from(kept.columns[column], 'base64')).buffer;
  const paths = { bytes: new Uint8Array(bytes('paths')), ends: new Uint32Array(bytes('pathEnds')) };
  const scan: FileScan = {
    count: paths.ends.length,
    paths,
    types: new Uint8Array(bytes('types')),
    modes: new Uint16Array(bytes('modes')),
    uids: new Float64Array(bytes('uids')),
    gids: new Float64Array(bytes('gids')),
    sizes: new Float64Array(bytes('sizes')),
    offsets: new Float64Array(bytes('offsets')),
    rows: new Int32Array(bytes('rows')),
    hashes: new Uint8Array(bytes('hashes')),
    links: new Map(kept.links),
    devices: new Map(kept.devices),
    capabilities: new Map(kept.capabilities),
    elves: new Map(kept.elves),
    secrets: new Map(kept.secrets),
    texts: new Map(kept.texts),
  };
  return { scan, unpacked: kept.unpacked, ...(kept.plain && place && { place }) };
}
