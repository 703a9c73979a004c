import { createHash } from 'node:crypto';
import type { IndexEntry } from '../../src/layer/layer-index.ts';
import { buildLayer } from '../../src/layer/build-layer.ts';
import type { Bytes } from '../../src/oci/image.ts';
import { createSnapshots } from '../../src/snapshot/snapshots.ts';
import type { SnapshotOptions } from '../../src/snapshot/snapshots.ts';
import type { BlobForm, LayerId, Snapshots } from '../../src/snapshot/types.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import { testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { chunks, entry } from './entries.ts';
import type { Given } from './entries.ts';

export { chunks, entry, timeless } from './entries.ts';
export type { Given } from './entries.ts';

export const isRoot = process.getuid?.() === 0;

export interface Bench {
  readonly ctx: TestCtx;
  readonly store: Store;
  readonly snapshots: Snapshots;
}

/** Snapshots over a store; with `home`, over one that is there already, as the next command has them. */
export async function bench(options: Partial<SnapshotOptions> = {}, home?: string): Promise<Bench> {
  const ctx = testCtx(home === undefined ? {} : { home });
  const store = await openStore(ctx);
  const idMode = options.idMode ?? (isRoot ? 'root' : 'single');
  return { ctx, store, snapshots: createSnapshots(ctx, store, { overlay: 'auto', ...options, idMode }) };
}

/** As an index has it. */
export function indexed(given: Given): IndexEntry {
  const { content: _, ...rest } = entry(given);
  if (rest.type !== 'file' || /(^|\/)\.wh\./.test(given.path)) return rest;
  return { ...rest, digest: sha256(Buffer.from(given.text ?? '', 'latin1')) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Makes entries a layer that came as a blob. */
export async function foreign({ store, snapshots }: Bench, given: readonly Given[]): Promise<LayerId> {
  const { descriptor, diffId } = await buildLayer(
    given.map(entry),
    { compression: { kind: 'gzip' }, mediaTypeFamily: 'oci' },
    store.blobs,
  );
  return snapshots.foreign({ descriptor, diffId }, async () => Promise.reject(new Error('it is there')));
}

/** Makes entries a layer that the build made. */
export async function added({ snapshots }: Bench, given: readonly Given[]): Promise<LayerId> {
  const texts = new Map(given.map(({ path, text }) => [path, text ?? '']));
  return snapshots.add(given.map(indexed), ({ path }) =>
    chunks(Buffer.from(texts.get(path) ?? '', 'latin1')),
  );
}

export const plainForm: BlobForm = { compression: { kind: 'none' }, mediaTypes: 'oci' };

export async function textOf(bytes: Bytes): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts).toString('latin1');
}
