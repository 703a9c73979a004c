import { createHash } from 'node:crypto';
import type { Ctx } from '../core/ctx.ts';
import { isToolError } from '../core/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Store } from '../store/store.ts';
import type { Op, OpOf, Snapshot, SolvedLayer, Vertex } from './graph.ts';
import { slots } from './why.ts';

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
  /**
   * A key made of the inputs' names alone, for an op whose `key` has to look into layers: where another machine did the same with the same
   * layers, none of them has to come here. Undefined: `key` costs no more.
   */
  inputsKey?(op: OpOf<K>, inputs: readonly Snapshot[]): Promise<KeyParts | undefined>;
  run(op: OpOf<K>, inputs: readonly Snapshot[], step: StepHandle): Promise<Snapshot>;
}
export type Engines = { readonly [K in Op['kind']]: Engine<K> };

/** Engines by kind; a graph that uses no others needs no others. */
export type SomeEngines = Partial<Engines>;

/** What became of one step that was shown. */
export interface StepReport {
  readonly name: string;
  readonly state: 'cached' | 'ran' | 'would run';
  /** What changed since this place of the build ran last; empty when it never did. */
  readonly because: readonly string[];
}

export interface SolverOptions {
  /** Nothing is looked up, but results are still recorded. */
  readonly noCache: boolean;
  /** Names the build, so that slots of different builds are apart: `Dockerfile` and context. */
  readonly scope?: string;
  /** Part of every key: results of other variants are others. */
  readonly variant?: string;
  /** Can the layer still be had? Asked of layers that are no blobs yet. */
  readonly available?: (layer: SolvedLayer) => Promise<boolean>;
  /** Results of other machines, by key. Asked after our own; what it gives is not kept as our own. */
  readonly imported?: (key: string) => Promise<Snapshot | undefined>;
  /** Nothing that costs time is run: steps that are not in the cache, and those above them, are only reported. */
  readonly dryRun?: boolean;
}

export interface Solver {
  /** The vertex's result; each vertex runs at most once, its inputs side by side. */
  solve(vertex: Vertex): Promise<Snapshot>;
  /** The steps shown so far, in the order in which they ended. */
  reports(): readonly StepReport[];
  /** What came of each vertex that has a key, for other machines. */
  results(): readonly SolvedResult[];
}

/** A result, and the keys under which it can be found. */
export interface SolvedResult {
  readonly keys: readonly string[];
  readonly snapshot: Snapshot;
}

interface CacheRecord {
  readonly snapshot: Snapshot;
  /** Blobs that must be there for the record to be worth anything; they keep the garbage collector away. */
  readonly blobs: readonly Digest[];
}

/** The bucket of the store's cache that holds results by content key. */
const bucket = 'results';

/** What a dry run gives in place of a result. */
const unknown: Snapshot = { layers: [] };

/** Ops whose engines only look; the rest does not run in a dry run. */
const looksOnly: ReadonlySet<Op['kind']> = new Set(['source', 'tree', 'merge']);

/** A solver over one store. */
export function createSolver(ctx: Ctx, store: Store, engines: SomeEngines, options: SolverOptions): Solver {
  const solved = new Map<Vertex, Promise<Snapshot>>();
  const running = new Map<string, Promise<Snapshot>>();
  const reports: StepReport[] = [];
  const results: SolvedResult[] = [];
  const why = slots(store.cache, options.scope ?? '');
  let shown = 0;

  const work = async (vertex: Vertex): Promise<Snapshot> => {
    await Promise.resolve(); // a chain of ten thousand steps must not be as deep a stack
    const inputs = await Promise.all(vertex.inputs.map(solve));
    ctx.signal.throwIfAborted();
    const { op } = vertex;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the engine of an op's kind takes that op
    const engine = engines[op.kind] as Engine<Op['kind']> | undefined;
    if (!engine) throw new TypeError(`no engine for ${op.kind}`);
    const step = stepOf(ctx, vertex, () => ++shown);
    const report = (state: StepReport['state'], because: readonly string[]): void => {
      if (vertex.name !== undefined) reports.push({ name: vertex.name, state, because });
    };
    if (inputs.includes(unknown)) {
      report('would run', ['an earlier step would run']);
      return unknown;
    }
    try {
      const search = !options.noCache && !vertex.fresh;
      const given = await engine.inputsKey?.(op, inputs);
      const short = given && keyOf(op.kind, { ...given, 'by its inputs': '' }, options.variant);
      const afar = search && short !== undefined ? await options.imported?.(short) : undefined;
      const parts = afar ? undefined : await engine.key(op, inputs);
      const key = parts && keyOf(op.kind, parts, options.variant);
      const keep = (snapshot: Snapshot): Snapshot => {
        const keys = [short, key].filter((one) => one !== undefined);
        if (keys.length > 0) results.push({ keys, snapshot });
        return snapshot;
      };
      const here = search && key !== undefined ? await lookUp(store, key, options) : undefined;
      const known = afar ?? here ?? (search && key !== undefined ? await options.imported?.(key) : undefined);
      if (known) {
        step.state('started');
        step.state('cached');
        await why.remember(vertex, parts, 'cached');
        report('cached', []);
        return keep(known);
      }
      const forced = options.noCache
        ? ['--no-cache']
        : vertex.fresh === true
          ? ['--no-cache-filter']
          : undefined;
      const because = parts ? (forced ?? (await why.changed(vertex, parts))) : [];
      if (options.dryRun && !looksOnly.has(op.kind)) {
        report('would run', because);
        return unknown;
      }
      step.state('started', because);
      const run = async (): Promise<Snapshot> => {
        const snapshot = await engine.run(op, inputs, step.handle);
        if (key !== undefined) await record(store, key, snapshot);
        return snapshot;
      };
      // Stages of several platforms that come to the same step share it.
      const snapshot = await (key === undefined ? run() : once(running, key, run));
      await why.remember(vertex, parts, 'ran');
      step.state('done');
      if (parts) report('ran', because);
      return keep(snapshot);
    } catch (error) {
      step.state(ctx.signal.aborted || isToolError(error, 'INTERRUPTED') ? 'cancelled' : 'failed');
      throw error;
    }
  };

  const solve = (vertex: Vertex): Promise<Snapshot> => once(solved, vertex, async () => work(vertex));
  return { solve, reports: () => reports, results: () => results };
}

/** The same key twice is the same promise. */
function once<K, R>(map: Map<K, Promise<R>>, key: K, make: () => Promise<R>): Promise<R> {
  const known = map.get(key);
  if (known) return known;
  const promise = make();
  map.set(key, promise);
  return promise;
}

function keyOf(kind: Op['kind'], parts: KeyParts, variant: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify(variant === undefined ? [kind, parts] : [kind, parts, variant]))
    .digest('hex');
}

async function lookUp(store: Store, key: string, options: SolverOptions): Promise<Snapshot | undefined> {
  const found = await store.cache.get<CacheRecord>(bucket, key);
  if (!found) return undefined;
  for (const layer of found.snapshot.layers) {
    const there = layer.blob
      ? (await store.blobs.has(layer.blob.descriptor.digest)) === layer.blob.descriptor.size
      : await options.available?.(layer);
    if (there !== true) return undefined;
  }
  return { ...found.snapshot, layers: found.snapshot.layers.map((layer) => ({ ...layer, reused: true })) };
}

async function record(store: Store, key: string, snapshot: Snapshot): Promise<void> {
  const blobs = snapshot.layers.flatMap(({ blob }) => (blob ? [blob.descriptor.digest] : []));
  await store.cache.set(bucket, key, { snapshot, blobs } satisfies CacheRecord);
}

type State = 'started' | 'done' | 'cached' | 'failed' | 'cancelled';

interface Shown {
  readonly handle: StepHandle;
  readonly state: (state: State, because?: readonly string[]) => void;
}

function stepOf(ctx: Ctx, vertex: Vertex, number: () => number): Shown {
  const { name } = vertex;
  if (name === undefined) {
    const text = (stream: 'stdout' | 'stderr', line: string): void =>
      ctx.emit({ kind: 'log', stream, text: line });
    return { handle: { id: '', log: text, note: () => undefined }, state: () => undefined };
  }
  const id = `solve-${number()}`;
  let note: string | undefined;
  return {
    handle: {
      id,
      log: (stream, text) => ctx.emit({ kind: 'log', id, stream, text }),
      note: (text) => {
        note = text;
      },
    },
    state: (state, because = []) =>
      ctx.emit({
        kind: 'step',
        id,
        name,
        state,
        at: ctx.now().getTime(),
        ...(because.length > 0 ? { because } : {}),
        ...(note !== undefined && state === 'done' ? { note } : {}),
      }),
  };
}
