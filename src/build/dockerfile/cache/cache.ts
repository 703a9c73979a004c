/** The caches of one build: what it takes from other machines, and what it gives. Loaded only when a flag asks for it. */
import type { Ctx } from '../../../core/ctx.ts';
import type { Digest } from '../../../oci/digest.ts';
import type { Reference } from '../../../oci/reference.ts';
import type { BlobForm, LayerId, Snapshots } from '../../../snapshot/types.ts';
import type { Snapshot, Vertex } from '../../../solve/graph.ts';
import type { Solver } from '../../../solve/solver.ts';
import type { Store } from '../../../store/store.ts';
import type { BuildRequest } from '../../types.ts';
import { exportCaches } from './export.ts';
import { openImports } from './import.ts';
import { inlineCache } from './inline.ts';
import { travellingMounts } from './mounts.ts';
import type { TravellingMounts } from './mounts.ts';

export interface BuildCaches {
  readonly imported?: (key: string) => Promise<Snapshot | undefined>;
  readonly mounts?: TravellingMounts;
  /** Extra fields of an image's config. @param image its layers */
  inline(solver: Solver, form: BlobForm, image: Snapshot): Promise<Readonly<Record<string, unknown>>>;
  /** Writes what `--cache-to` asks for, when all is built. */
  send(built: BuiltForCache): Promise<void>;
  /** A repository that has the blob, by what the caches say. */
  homeOf(digest: Digest): Reference | undefined;
}

export interface BuiltForCache {
  readonly solver: Solver;
  readonly form: BlobForm;
  /** The results of all platforms. */
  readonly images: readonly Snapshot[];
  readonly vertices: Iterable<Vertex>;
  /** Where blobs are besides: what was pushed, what bases came from. */
  readonly homeOf: (digest: Digest) => Reference | undefined;
}

/**
 * @param store gives also blobs that are elsewhere
 * @param failed told when something of a cache cannot be had after all
 */
export function buildCaches(
  ctx: Ctx,
  { dockerfile, registries }: BuildRequest,
  { store, snapshots, failed }: { store: Store; snapshots: Snapshots; failed: (error: unknown) => void },
): BuildCaches {
  const { cacheFrom, cacheTo, cacheMounts } = dockerfile;
  const imports =
    cacheFrom.length > 0 ? openImports(ctx, cacheFrom, { store, snapshots, registries, failed }) : undefined;
  const mounts = cacheMounts ? travellingMounts(ctx, store, imports) : undefined;
  const solvedOf = (solver: Solver, form: BlobForm, images: readonly Snapshot[]) => {
    const image = new Set<LayerId>(images.flatMap(({ layers }) => layers.map(({ id }) => id)));
    return { snapshots, results: solver.results(), imports, form, image };
  };
  return {
    ...(imports && { imported: imports.lookUp }),
    ...(mounts && { mounts }),
    homeOf: (digest) => imports?.homeOf(digest),
    inline: async (solver, form, image) =>
      cacheTo.some(({ type }) => type === 'inline') ? inlineCache(ctx, solvedOf(solver, form, [image])) : {},
    send: async ({ solver, form, images, vertices, homeOf }) => {
      if (cacheTo.every(({ type }) => type === 'inline')) return;
      const packed = (await mounts?.pack()) ?? [];
      const unused = (await mounts?.unused(packed, mentioned(vertices))) ?? [];
      const solved = solvedOf(solver, form, images);
      await exportCaches(ctx, cacheTo, { store, solved, mounts: { packed, unused }, registries, homeOf });
    },
  };
}

/** Ids of the caches that the steps of a graph mount. */
function mentioned(vertices: Iterable<Vertex>): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { op } of vertices) {
    if (op.kind !== 'exec') continue;
    for (const mount of op.mounts) if (mount.type === 'cache') ids.add(mount.id);
    if (op.goCache?.takes) for (const id of ['GOMODCACHE', 'GOCACHE']) ids.add(id);
  }
  return ids;
}
