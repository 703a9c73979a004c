import { compileGlob } from '../../context/glob.ts';
import { compileIgnore, isIgnored } from '../../context/ignore.ts';
import type { Ctx } from '../../core/ctx.ts';
import type { BlobStore } from '../../store/blobs.ts';
import type { Snapshots, Tree } from '../../snapshot/types.ts';
import type { Op } from '../../solve/graph.ts';
import { mergeEngine } from '../../solve/engines/merge.ts';
import type { PatternSet } from '../../solve/copy/options.ts';
import type { Engine, SomeEngines } from '../../solve/solver.ts';
import type { BuildRequest } from '../types.ts';
import type { CacheTravel } from '../../solve/exec/request.ts';
import { guarded } from './go-cache.ts';
import type { Images } from './images.ts';
import type { OpenedSource } from './source.ts';
import { execServices } from './services.ts';
import type { StepSandbox } from './step-sandbox.ts';

export type DockerfileEngines = SomeEngines & {
  /** Ends what was started for steps. */
  close(): Promise<void>;
};

interface EngineNeeds {
  /** A private directory for as long as the build runs. */
  readonly temp: string;
  readonly blobs: BlobStore;
  readonly source: OpenedSource;
  readonly sandbox: StepSandbox;
  /** How many steps the graph has that run something; known once it is there. */
  readonly steps: () => number;
  /** Of `--cache-mounts`. */
  readonly travel?: CacheTravel;
}

/** The engines of a Dockerfile's ops. Those that need much are loaded with their first op. */
export function enginesOf(
  ctx: Ctx,
  snapshots: Snapshots,
  images: Images,
  request: BuildRequest,
  { temp, blobs, source, sandbox, steps, travel }: EngineNeeds,
): DockerfileEngines {
  const services = execServices(ctx, request.dockerfile, temp);
  const exec = async (): Promise<Engine<'exec'>> => {
    const [{ execEngine }, chosen] = await Promise.all([
      import('../../solve/engines/exec.ts'),
      sandbox.get(),
    ]);
    return execEngine(ctx, snapshots, chosen, { ...services, steps, ...(travel && { travel }) });
  };
  const copy = async (): Promise<Engine<'copy'>> => {
    const [{ copyEngine }, { unpackArchive }] = await Promise.all([
      import('../../solve/engines/copy.ts'),
      import('../../context/archive.ts'),
    ]);
    const patterns = (lines: readonly string[]): PatternSet => compileIgnore(lines);
    const hidden = async (tree: Tree, name: string): Promise<string | undefined> => {
      const directory = source.trees().find((one) => one === tree);
      return directory && isIgnored(directory.ignore, name) ? '.dockerignore leaves it out' : undefined;
    };
    return copyEngine(ctx, snapshots, { glob: compileGlob, patterns, unpackArchive, blobs, hidden });
  };
  return {
    source: images.engine,
    merge: mergeEngine,
    tree: {
      key: async () => undefined,
      run: async (op) => ({ layers: [], tree: await op.open() }),
    },
    copy: guarded(later(copy), snapshots),
    exec: later(exec),
    close: async () => services.close(),
  };
}

/** An engine that is made when it is first asked. */
function later<K extends Op['kind']>(make: () => Promise<Engine<K>>): Engine<K> {
  let made: Promise<Engine<K>> | undefined;
  const get = async (): Promise<Engine<K>> => (made ??= make());
  return {
    key: async (op, inputs) => (await get()).key(op, inputs),
    inputsKey: async (op, inputs) => (await get()).inputsKey?.(op, inputs),
    run: async (op, inputs, step) => (await get()).run(op, inputs, step),
  };
}
