import type { BlobForm, LayerId, Snapshots } from '../../../snapshot/types.ts';
import type { SolvedLayer } from '../../../solve/graph.ts';
import type { SolvedResult } from '../../../solve/solver.ts';
import type { Imports } from './import.ts';
import { version } from './records.ts';
import type { CacheRecords, LayerRecord } from './records.ts';
import { timesOf } from './times.ts';

/** A finished build, as far as a cache is made of it. */
export interface Solved {
  readonly snapshots: Snapshots;
  readonly results: readonly SolvedResult[];
  readonly imports: Imports | undefined;
  /** How the image's layers were written. */
  readonly form: BlobForm;
  /** Layers of the image, of all its platforms. */
  readonly image: ReadonlySet<LayerId>;
}

/** @param mode `min`: results whose layers are the image's; `max`: all */
export async function gather(solved: Solved, mode: 'min' | 'max'): Promise<Omit<CacheRecords, 'mounts'>> {
  const { results, imports, image } = solved;
  const numbers = new Map<LayerId, number>();
  const layers: LayerRecord[] = [];
  const found = new Map<string, readonly number[]>();

  const chosen = results.filter(
    ({ snapshot }) => mode === 'max' || snapshot.layers.every(({ id }) => image.has(id)),
  );
  for (const layer of chosen.flatMap(({ snapshot }) => snapshot.layers)) {
    if (numbers.has(layer.id)) continue;
    numbers.set(layer.id, layers.length);
    layers.push(await recordOf(layer, solved));
  }
  const add = (key: string, ids: readonly LayerId[]): void => {
    found.set(
      key,
      ids.flatMap((id) => numbers.get(id) ?? []),
    );
  };
  for (const { keys, snapshot } of chosen)
    for (const key of keys)
      add(
        key,
        snapshot.layers.map(({ id }) => id),
      );
  // A result may be known under keys that this build did not come by.
  for (const [key, list] of (await imports?.resultsOf((id) => numbers.has(id))) ?? [])
    if (!found.has(key))
      add(
        key,
        list.map(({ id }) => id),
      );
  return { version, layers, results: Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

async function recordOf(
  layer: SolvedLayer,
  { snapshots, imports, form, image }: Solved,
): Promise<LayerRecord> {
  const { id, what, goCache } = layer;
  const about = { id, what, ...(goCache && { goCache }) };
  const before = await imports?.layer(id);
  if (id.startsWith('diff:')) {
    // Who wants a base image has it from where it comes; that the image's own is sound was proven here.
    const blob = image.has(id) ? await snapshots.blob(id, form) : before?.blob;
    return { ...about, ...(blob && { blob }) };
  }
  // One that came as a record and was not needed stays where it is.
  const asItCame = before?.own && (!image.has(id) || before.own.form.epoch === form.epoch);
  if (asItCame && before.blob) return { ...before, ...about };
  const [blob, index] = [await snapshots.blob(id, form), await snapshots.index(id)];
  return { ...about, blob, own: { form, times: timesOf(index, form.epoch) } };
}
