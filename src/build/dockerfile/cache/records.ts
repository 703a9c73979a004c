/**
 * cache/ lets results of steps travel between machines: what `--cache-to` writes and `--cache-from` reads. A cache is an OCI image manifest
 * whose layers are the layers' blobs, so that any registry takes it and keeps them, and whose config holds the records below. It
 * must not know how steps are keyed or run.
 *
 * A key stands for all that a step depends on, secrets apart; whoever gives us a cache is believed that the layers are what the steps
 * made. What can be proven is proven: that a layer is the one that its name says.
 */
import type { BlobForm, LayerBlob, LayerId } from '../../../snapshot/types.ts';
import type { SolvedLayer } from '../../../solve/graph.ts';
import type { Descriptor } from '../../../oci/types.ts';
import type { Times } from './times.ts';

export const cacheTypes = {
  artifact: 'application/vnd.coracle.cache.v1',
  config: 'application/vnd.coracle.cache.config.v1+json',
  mount: 'application/vnd.coracle.cache.mount.v1.tar+zstd',
} as const;

/** Where an image's config holds the records of an inline cache; extra fields are allowed there (image-spec, config.md). */
export const inlineKey = 'vnd.coracle.cache.v1';

export const version = 1;

/** What a cache's config holds. */
export interface CacheRecords {
  readonly version: typeof version;
  readonly layers: readonly LayerRecord[];
  /** By key: a step's layers, lowest first, as positions in `layers`. */
  readonly results: Readonly<Record<string, readonly number[]>>;
  readonly mounts: readonly MountRecord[];
}

export interface LayerRecord {
  readonly id: LayerId;
  readonly what: string;
  /** None of a base image's layer that nobody needed here. */
  readonly blob?: LayerBlob;
  /** With a blob, of a layer named by what it holds. */
  readonly own?: { readonly form: BlobForm; readonly times: Times };
  readonly goCache?: NonNullable<SolvedLayer['goCache']>;
}

/** What a cache mount held. */
export interface MountRecord {
  /** The same on every machine. */
  readonly name: string;
  /** As the Dockerfile calls it: `id=`, or its target. */
  readonly id: string;
  readonly blob: Descriptor;
}

/** The empty cache. */
export const noRecords: CacheRecords = { version, layers: [], results: {}, mounts: [] };
