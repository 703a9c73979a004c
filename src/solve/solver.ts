import { createHash } from 'node:crypto';
import type { Ctx } from '../core/ctx.ts';
import { isToolError } from '../core/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Store } from '../store/store.ts';
import type { Op, OpOf, Snapshot, Vertex } from './graph.ts';

/** All that the result of an op depends on, by name, so that a miss can say which one changed. */
export type KeyParts = Readonly<Record<string, string>>;

/** What an engine may say about the step it runs. */
export interface StepHandle {
  /** The id of its events; empty when the step is not shown. */
  readonly id: string;
  /** What a program printed. */
  log(stream: 'stdout' | 'stderr', text: string): void;
  /** A remark behind the finished step, such as `3 files, 12 kB`. */
  note(text: string): void;
}

/** Runs one kind of op. */
export interface Engine<K extends Op['kind']> {
  /**
   * Names are for people (`file src/main.go`, `argument VERSION`, `the command`), as a miss is explained with the ones that differ; values are digests or
   * short texts, never a secret. Undefined: the op is not cached here (the Go compiler has a cache of its own).
   */
  key(op: OpOf<K>, inputs: readonly Snapshot[]): Promise<KeyParts | undefined>;
  run(op: OpOf<K>, inputs: readonly Snapshot[], step: StepHandle): Promise<Snapshot>;
}
export type Engines = { readonly [K in Op['kind']]: Engine<K> };

export interface Solver {
  /** The vertex's result; each vertex runs at most once, its inputs side by side. */
  solve(vertex: Vertex): Promise<Snapshot>;
}

interface CacheRecord {
  readonly parts: KeyParts;
  readonly snapshot: Snapshot;
  /** Blobs that must be there for the record to be worth anything; they keep the garbage collector away. */
  readonly blobs: readonly Digest[];
}

/** The bucket of the store's cache that holds results by content key. */
const bucket = 'results';

/** A solver over one store. With `noCache` nothing is looked up, but results are still recorded. */
export function createSolver(
  ctx: Ctx,
  store: Store,
  engines: Engines,
  options: { noCache: boolean },
): Solver {
  const solved = new WeakMap<Vertex, Promise<Snapshot>>();
  let shown = 0;

  const work = async (vertex: Vertex): Promise<Snapshot> => {
    const inputs = await Promise.all(vertex.inputs.map(solve));
    ctx.signal.throwIfAborted();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the engine of an op's kind takes that op
    const engine = engines[vertex.op.kind] as Engine<Op['kind']>;
    const step = stepOf(ctx, vertex, () => ++shown);
    step('started');
    try {
      const parts = await engine.key(vertex.op, inputs);
      const key =
        parts &&
        createHash('sha256')
          .update(JSON.stringify([vertex.op.kind, parts]))
          .digest('hex');
      const known = key !== undefined && !options.noCache ? await lookUp(store, key) : undefined;
      if (known) {
        step('cached');
        return known;
      }
      const snapshot = await engine.run(vertex.op, inputs);
      if (key !== undefined) await record(store, key, parts ?? {}, snapshot);
      step('done');
      return snapshot;
    } catch (error) {
      step(ctx.signal.aborted || isToolError(error, 'INTERRUPTED') ? 'cancelled' : 'failed');
      throw error;
    }
  };

  const solve = (vertex: Vertex): Promise<Snapshot> => {
    const known = solved.get(vertex);
    if (known) return known;
    const promise = work(vertex);
    solved.set(vertex, promise);
    return promise;
  };
  return { solve };
}

async function lookUp(store: Store, key: string): Promise<Snapshot | undefined> {
  const found = await store.cache.get<CacheRecord>(bucket, key);
  if (!found) return undefined;
  for (const { descriptor } of found.snapshot.layers) {
    if ((await store.blobs.has(descriptor.digest)) !== descriptor.size) return undefined;
  }
  return { ...found.snapshot, layers: found.snapshot.layers.map((layer) => ({ ...layer, reused: true })) };
}

async function record(store: Store, key: string, parts: KeyParts, snapshot: Snapshot): Promise<void> {
  const blobs = snapshot.layers.map((layer) => layer.descriptor.digest);
  await store.cache.set(bucket, key, { parts, snapshot, blobs } satisfies CacheRecord);
}

type State = 'started' | 'done' | 'cached' | 'failed' | 'cancelled';

function stepOf(ctx: Ctx, vertex: Vertex, number: () => number): (state: State) => void {
  const { name } = vertex;
  if (name === undefined) return () => undefined;
  const id = `solve-${number()}`;
  return (state) => ctx.emit({ kind: 'step', id, name, state, at: ctx.now().getTime() });
}
