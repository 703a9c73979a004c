import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { Store } from '../store/store.ts';
import { readUpper } from './adopt.ts';
import type { LayerDirectory } from './folder.ts';
import { directoryForm } from './form.ts';
import type { IdMode } from './form.ts';
import { mergeIndexes } from './merged.ts';
import { blobMaker } from './layer-blob.ts';
import { layerBlobs } from './blob-records.ts';
import { layerFiles } from './layer-files.ts';
import { layerForms } from './forms.ts';
import { knownLayers } from './known.ts';
import { layersTree } from './tree.ts';
import type { LayerId, OverlayRoot, Snapshots, WritableRoot } from './types.ts';
import { overlayRoot } from './writable.ts';

export interface SnapshotOptions {
  /** Whose files this process may make: all, those of the mapped ids, only its own. */
  readonly idMode: IdMode;
  /** `never`: roots are copies. */
  readonly overlay: 'auto' | 'never';
}

/** Snapshots over one store. Loads and touches nothing before it is asked. */
export function createSnapshots(ctx: Ctx, store: Store, options: SnapshotOptions): Snapshots {
  const form = directoryForm(options.idMode);
  const records = layerBlobs(store);
  const known = knownLayers(store, records);
  const forms = layerForms(ctx, store, form, known, records);
  const open = layerFiles(forms, known);
  const { index, directory } = forms;
  const stacks = new WeakMap<WritableRoot, readonly LayerId[]>();

  const directories = async (layers: readonly LayerId[]): Promise<LayerDirectory[]> =>
    Promise.all(layers.map(directory));

  const writable: Snapshots['writable'] = async (layers) => {
    const lower = (await directories(layers)).map((layer) => layer.path).reverse();
    const root = await overlayRoot(store.layers, lower, form);
    stacks.set(root, layers);
    return root;
  };

  const adoptUpper = async (root: OverlayRoot, since: number, omit: ReadonlySet<string>) => {
    const layers = stacks.get(root) ?? [];
    const lower = await directories(layers);
    const merged = lower.some(({ facts }) => facts.standIns)
      ? await mergeIndexes(await Promise.all(layers.map(index)))
      : undefined;
    const { index: found, facts } = await readUpper(root.upper, {
      form,
      signal: ctx.signal,
      since,
      omit,
      lower: lower.map((layer) => layer.path),
      beneath: merged && ((at) => merged.get(at)),
    });
    return forms.keep(found, root.upper, facts);
  };

  return {
    foreign: known.foreign,
    add: known.add,
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
    directory: async (id) => (await directory(id)).path,
    tree: async (layers) =>
      layersTree(await Promise.all(layers.map(index)), (origin) => {
        const id = layers[origin.layer];
        if (id === undefined) throw new TypeError('an entry of no layer');
        return open(id, origin);
      }),
    adopt: async (root, { since, omit = new Set() }) => {
      if (root.kind === 'copy') throw new ToolError('UNSUPPORTED', 'copied roots are not there yet');
      const adopted = await adoptUpper(root, since, omit);
      await root.discard();
      return adopted;
    },
  };
}
