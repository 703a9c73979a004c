import { buildLayer } from '../layer/build-layer.ts';
import { levelOf } from '../layer/compress.ts';
import type { Entry } from '../layer/entry.ts';
import type { Digest } from '../oci/digest.ts';
import type { Store } from '../store/store.ts';
import type { ForeignBlob } from './foreign.ts';
import type { BlobForm, LayerBlob, LayerId } from './types.ts';
import { verified } from './content.ts';
import type { Mismatch, Unpackable } from './unpackable.ts';

/** Records of blobs by layer. They name the blob, so that `prune` keeps both or none. */
interface BlobRecord<B> {
  readonly blob: B;
  readonly blobs: readonly [Digest];
}

export interface LayerBlobs {
  /** The layer's blob in exactly this form, if the store has it. */
  find(id: LayerId, form: BlobForm): Promise<LayerBlob | undefined>;
  /** Some blob of the layer that the store has. */
  any(id: LayerId): Promise<ForeignBlob | undefined>;
  /** Notes that a blob of the store is this layer. */
  note(id: LayerId, blob: ForeignBlob): Promise<void>;
  /** Writes the layer as a blob, contents checked. Nothing stays when it fails. */
  write(
    id: LayerId,
    form: BlobForm,
    entries: Iterable<Unpackable> | AsyncIterable<Unpackable>,
    mismatch: Mismatch,
  ): Promise<LayerBlob>;
}

const bucket = 'layer-blobs';

export function layerBlobs({ blobs, cache }: Store): LayerBlobs {
  const get = async <B extends ForeignBlob>(key: string): Promise<B | undefined> => {
    const found = await cache.get<BlobRecord<B>>(bucket, key);
    if (!found) return undefined;
    const { digest, size } = found.blob.descriptor;
    return (await blobs.has(digest)) === size ? found.blob : undefined;
  };
  const set = async (key: string, blob: ForeignBlob): Promise<void> =>
    cache.set(bucket, key, { blob, blobs: [blob.descriptor.digest] } satisfies BlobRecord<ForeignBlob>);
  return {
    find: async (id, form) => get<LayerBlob>(`${id} ${formKey(form)}`),
    any: async (id) => get(id),
    note: async (id, blob) => set(id, blob),
    write: async (id, form, entries, mismatch) => {
      const blob = await buildLayer(
        asWritten(entries, form.epoch, mismatch),
        { compression: form.compression, mediaTypeFamily: form.mediaTypes },
        blobs,
      );
      await set(`${id} ${formKey(form)}`, blob);
      await set(id, blob);
      return blob;
    },
  };
}

/** True when a layer written in one form is, byte for byte, the layer written in the other. */
export function sameForm(one: BlobForm, other: BlobForm): boolean {
  return formKey(one) === formKey(other);
}

function formKey({ compression, mediaTypes, epoch }: BlobForm): string {
  return `${compression.kind} ${levelOf(compression)} ${mediaTypes} ${epoch ?? 'own times'}`;
}

async function* asWritten(
  entries: Iterable<Unpackable> | AsyncIterable<Unpackable>,
  epoch: number | undefined,
  mismatch: Mismatch,
): AsyncGenerator<Entry> {
  for await (const item of entries) {
    const { made, content } = item;
    const mtime = epoch === undefined ? item.mtime : made ? epoch : Math.min(item.mtime, epoch);
    if (content) yield { ...item, mtime, content: () => verified(item, content(), mismatch) };
    else yield { ...item, mtime };
  }
}
