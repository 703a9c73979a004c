import type { Ctx } from '../../core/ctx.ts';
import type { SourceRange } from '../../core/errors.ts';
import type { Mount } from '../../sandbox/types.ts';
import type { LayerId, Snapshots } from '../../snapshot/types.ts';
import type { ExecMount, Snapshot } from '../graph.ts';
import type { FailedMount } from './failed.ts';
import type { HeldCache } from './cache-slots.ts';
import type { Subtree } from './subtree.ts';

/** What a step may ask of the command that runs the build. */
export interface ExecServices {
  /** The value of a secret; undefined when it was not given. */
  secret(id: string): Promise<Uint8Array | undefined>;
  /** The socket of an SSH agent; undefined when it was not given. */
  ssh(id: string): Promise<string | undefined>;
  /** Keeps cache mounts of others apart from ours: a directory name. Default `shared`. */
  readonly cacheScope?: string;
  /** For `--cache-mounts`. */
  readonly travel?: CacheTravel;
  /** Steps that the build has in all, where that is known: while one runs, the sandbox of the next is started. */
  readonly steps?: () => number;
}

/** Lets caches of steps come from other machines, and go to them. `name` is the same on every machine. */
export interface CacheTravel {
  /** Fills an empty directory with what another machine had in the cache; false leaves it empty. */
  restore(name: string, directory: string): Promise<boolean>;
  /** A step has this cache; `id` is what people call it. */
  used(name: string, id: string, directory: string): void;
}

/** All that is needed to make a step's mounts. */
export interface MountRequest {
  readonly ctx: Ctx;
  readonly snapshots: Snapshots;
  readonly services: ExecServices;
  readonly inputs: readonly Snapshot[];
  /** The part of an input that a mount shows; asked for by its key too, and read once. */
  readonly subtree: (input: number, source: string) => Promise<Subtree>;
  /** Overlayfs works here. */
  readonly overlay: boolean;
  /** Caches that the step holds already, by their directory: it may mount one twice, and would wait for itself. */
  readonly caches: Map<string, HeldCache>;
  /** A private directory for the time of the step. */
  readonly temp: string;
  readonly where?: SourceRange;
  /** Tells people something while they wait. */
  readonly say: (text: string) => void;
}

/** A mount that is ready, and how to end it. */
export interface ReadyMount {
  readonly mounts: readonly Mount[];
  /** `NAME=VALUE` that come with it. */
  readonly env?: readonly string[];
  readonly release?: () => Promise<void>;
  /** The same mount for a shell in the failed tree; none for what cannot be had again. */
  readonly again?: FailedMount;
}

export type MountOf<T extends ExecMount['type']> = Extract<ExecMount, { type: T }>;

export function layersOf(input: Snapshot | undefined): LayerId[] {
  return (input?.layers ?? []).map((layer) => layer.id);
}
