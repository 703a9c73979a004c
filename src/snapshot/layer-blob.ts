import { onceMap } from '../core/concurrency.ts';
import { isToolError } from '../core/errors.ts';
import { sameForm } from './blob-records.ts';
import type { LayerBlobs } from './blob-records.ts';
import { damaged, fileContent, withContents } from './content.ts';
import type { Contents, LayerForms } from './forms.ts';
import type { KnownLayers } from './known.ts';
import type { BlobForm, LayerBlob, LayerId } from './types.ts';

/** Layers as blobs. */
export function blobMaker(
  forms: LayerForms,
  known: KnownLayers,
  records: LayerBlobs,
): (id: LayerId, form: BlobForm) => Promise<LayerBlob> {
  const once = onceMap<LayerBlob>();

  /** The directory costs least to read, where there is one. */
  const contents = async (id: LayerId): Promise<Contents> => {
    const there = await forms.unpacked(id);
    if (!there || there.facts.relocated) return forms.contents(id);
    const index = await forms.index(id);
    return { entries: withContents(index, (entry) => fileContent(there.path, entry)), mismatch: damaged };
  };
  const write = async (id: LayerId, form: BlobForm): Promise<LayerBlob> => {
    const there = await records.find(id, form);
    if (there) return there;
    const imported = known.imported(id);
    if (imported?.own && sameForm(imported.own.form, form)) return imported.blob;
    const { entries, mismatch } = await contents(id);
    try {
      const blob = await records.write(id, form, entries, mismatch);
      const added = known.added(id);
      if (added) await forms.saveIndex(id, added);
      return blob;
    } catch (error) {
      if (mismatch === damaged && isToolError(error, 'BLOB_CORRUPT')) await forms.folder(id).discard();
      throw error;
    }
  };
  /** A layer that is not here, and that another machine has proven: nobody may need its bytes. */
  const toldOf = async (id: LayerId): Promise<LayerBlob | undefined> => {
    const came = known.came(id)?.descriptor;
    const told = known.imported(id)?.blob;
    if (!came || told?.descriptor.digest !== came.digest || told.descriptor.size !== came.size)
      return undefined;
    return (await forms.isHere(came)) ? undefined : { ...told, descriptor: came };
  };
  const asItCame = async (id: LayerId): Promise<LayerBlob> => {
    const told = await toldOf(id);
    if (told) return told;
    const { blob, facts } = await forms.prove(id);
    const { descriptor, diffId } = blob;
    return { descriptor, diffId, uncompressedSize: facts.uncompressedSize };
  };
  return async (id, form) =>
    id.startsWith('diff:')
      ? once(id, async () => asItCame(id))
      : once(`${id} ${JSON.stringify(form)}`, async () => write(id, form));
}
