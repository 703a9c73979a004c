import type { Ctx } from '../core/ctx.ts';
import type { Store } from '../store/store.ts';
import { directoryForm } from './form.ts';
import type { IdMode } from './form.ts';
import { rootMaker } from './roots.ts';
import { blobMaker } from './layer-blob.ts';
import { layerBlobs } from './blob-records.ts';
import { layerFiles } from './layer-files.ts';
import { layerForms } from './forms.ts';
import { knownLayers } from './known.ts';
import { layersTree } from './tree.ts';
import { indexDigest } from '../layer/layer-index.ts';
import type { LayerIndex } from '../layer/layer-index.ts';
import { glanceTree } from './glance.ts';
import type { LayerId, Snapshots, Tree } from './types.ts';

export interface SnapshotOptions {
  /** Whose files this process may make: all, those of the mapped ids, only its own. */
  readonly idMode: IdMode;
  /** `never`: roots are copies. */
  readonly overlay: 'auto' | 'never';
  /** Layers that differ only in times that the build made are different layers (--keep-timestamps). */
  readonly keepTimes?: boolean;
}

/** Snapshots over one store. Loads and touches nothing before it is asked. */
export function createSnapshots(ctx: Ctx, store: Store, options: SnapshotOptions): Snapshots {
  const form = directoryForm(options.idMode);
  const records = layerBlobs(store);
  const times = options.keepTimes ?? false;
  const nameOf = (index: LayerIndex): LayerId => `index:${indexDigest(index, { times })}`;
  const known = knownLayers(store, records, nameOf);
  const forms = layerForms(ctx, store, form, known, records, nameOf);
  const open = layerFiles(forms, known);
  const { index, directory } = forms;
  const { writable, adopt } = rootMaker(ctx, store, form, forms, { overlay: options.overlay, open });

  const tree = async (layers: readonly LayerId[]): Promise<Tree> =>
    layersTree(await Promise.all(layers.map(index)), (origin) => {
      const id = layers[origin.layer];
      if (id === undefined) throw new TypeError('an entry of no layer');
      return open(id, origin);
    });

  return {
    foreign: known.foreign,
    add: known.add,
    imported: known.import,
    bring: known.bring,
    blob: blobMaker(forms, known, records),
    available: async (id) => {
      if (known.has(id)) return true;
      const blob = await records.any(id);
      if (blob && id.startsWith('diff:')) return true;
      if (!(await forms.folder(id).hasIndex())) return false;
      return blob !== undefined || (await forms.unpacked(id)) !== undefined;
    },
    index,
    writable,
    adopt,
    directory: async (id) => (await directory(id)).path,
    tree,
    glance: async (layers) => (await glanceTree(layers, forms, open)) ?? tree(layers),
  };
}
