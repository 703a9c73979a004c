import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { removeDeep } from '../core/remove.ts';
import type { Bytes } from '../oci/image.ts';
import type { Store } from '../store/store.ts';
import { readChanges, readUpper } from './adopt.ts';
import { damaged, fileContent, withContents } from './content.ts';
import { copiedRoot } from './copied.ts';
import type { RootState } from './copied.ts';
import type { DirectoryForm } from './form.ts';
import type { LayerForms } from './forms.ts';
import { mergeIndexes } from './merged.ts';
import type { Merged, Origin } from './merged.ts';
import { overlayWorks } from './overlay-probe.ts';
import { overlayRoot } from './overlay-root.ts';
import type { LayerId, Snapshots, WritableRoot } from './types.ts';
import { unpack } from './unpack.ts';

/** What a root was made of. */
interface Made {
  readonly layers: readonly LayerId[];
  /** Of a copied root. */
  readonly state?: RootState;
}

/** Roots for processes, and the layers that come of them. */
export function rootMaker(
  ctx: Ctx,
  store: Store,
  form: DirectoryForm,
  forms: LayerForms,
  options: {
    readonly overlay: 'auto' | 'never';
    readonly open: (id: LayerId, origin: Origin) => Bytes;
  },
): Pick<Snapshots, 'writable' | 'adopt'> {
  const { signal } = ctx;
  const roots = new WeakMap<WritableRoot, Made>();
  // In a copied root nothing is kept for overlayfs.
  const copyForm: DirectoryForm = { ...form, overlayPrefix: undefined };
  let works: Promise<boolean> | undefined;
  const overlay = async (): Promise<boolean> =>
    (works ??= options.overlay === 'never' ? Promise.resolve(false) : overlayWorks(ctx, store, form));

  const merge = async (layers: readonly LayerId[]): Promise<Map<string, Merged>> =>
    mergeIndexes(await Promise.all(layers.map(forms.index)));

  return {
    writable: async (layers) => {
      const [directories, mounts] = await Promise.all([Promise.all(layers.map(forms.directory)), overlay()]);
      if (mounts && !directories.some(({ facts }) => facts.unmarked)) {
        const root = await overlayRoot(store.layers, layers, directories, form, merge);
        roots.set(root, { layers });
        return root;
      }
      const open = (origin: Origin): Bytes => options.open(layers[origin.layer] ?? 'index:', origin);
      const { root, state } = await copiedRoot(
        store.layers,
        await merge(layers),
        directories,
        copyForm,
        open,
        signal,
      );
      roots.set(root, { layers, state });
      return root;
    },
    adopt: async (root, { since, omit = new Set() }) => {
      const made = roots.get(root);
      if (!made) throw new ToolError('INTERNAL', 'a root that nobody made is to become a layer');
      const beneath = async (): Promise<(path: string) => Merged | undefined> => {
        const merged = await merge(made.layers);
        return (at) => merged.get(at);
      };
      const adopting = { form, signal, since, omit };
      if (root.kind === 'overlay') {
        const lower = await Promise.all(made.layers.map(forms.directory));
        const { index, facts } = await readUpper(
          root.upper,
          lower.map((layer) => layer.path),
          lower.some((layer) => layer.facts.standIns) ? await beneath() : undefined,
          adopting,
        );
        const kept = await forms.keep(index, root.upper, facts);
        await root.discard();
        return kept;
      }
      const { directory } = root;
      const index = await readChanges(directory, made.state ?? new Map(), await beneath(), {
        ...adopting,
        form: copyForm,
      });
      const temp = await store.layers.temp();
      try {
        const entries = withContents(index, (entry) => fileContent(directory, entry));
        const to = path.join(temp, 'fs');
        const facts = await unpack(entries, to, form, { signal, mismatch: damaged });
        return await forms.keep(index, to, facts);
      } finally {
        await removeDeep(temp);
        await root.discard();
      }
    },
  };
}
