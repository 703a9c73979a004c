import { onTestFinished } from 'vitest';
import { chooseSandbox } from '../../../src/sandbox/choose.ts';
import type { Sandbox } from '../../../src/sandbox/types.ts';
import { idMode } from '../../../src/sandbox/userns.ts';
import { createSnapshots } from '../../../src/snapshot/snapshots.ts';
import type { LayerId, Snapshots, Tree } from '../../../src/snapshot/types.ts';
import { execEngine, type ExecServices } from '../../../src/solve/engines/exec.ts';
import type { ExecOp, Snapshot } from '../../../src/solve/graph.ts';
import type { Engine } from '../../../src/solve/solver.ts';
import { openStore } from '../../../src/store/store.ts';
import { testCtx, type TestCtx } from '../../support/ctx.ts';
import { addLayer, busybox, type File } from './files.ts';
import { execOp } from './op.ts';

export interface Machine {
  readonly ctx: TestCtx;
  readonly snapshots: Snapshots;
  readonly sandbox: Sandbox;
  readonly engine: Engine<'exec'>;
  /** The layers of a stage with these files. */
  stage(files: Readonly<Record<string, File>>): Promise<Snapshot>;
  /** The base of `sh` steps. */
  readonly base: Snapshot;
  /** Runs a shell script on the base; gives what it printed, and the tree that it left. */
  sh(script: string, op?: Partial<ExecOp>, inputs?: readonly Snapshot[], beneath?: Snapshot): Promise<Ran>;
}

export interface Ran {
  readonly output: string;
  readonly layer: LayerId;
  /** Paths of the step's own layer. */
  readonly paths: readonly string[];
  readonly tree: Tree;
}

/** A real sandbox over real snapshots in a home of their own. */
export async function machine(services: Partial<ExecServices> = {}, home?: string): Promise<Machine> {
  const ctx = testCtx(home === undefined ? {} : { home });
  const store = await openStore(ctx);
  const snapshots = createSnapshots(ctx, store, { idMode: await idMode(), overlay: 'auto' });
  const sandbox = await chooseSandbox(ctx, 'builtin');
  onTestFinished(async () => sandbox.close());
  const engine = execEngine(ctx, snapshots, sandbox, {
    secret: async () => undefined,
    ssh: async () => undefined,
    ...services,
  });
  const stage = async (files: Readonly<Record<string, File>>): Promise<Snapshot> => ({
    layers: [{ id: await addLayer(snapshots, files), what: 'stage', reused: false }],
  });
  const base = await stage(busybox());
  return {
    ctx,
    snapshots,
    sandbox,
    engine,
    stage,
    base,
    sh: async (script, over = {}, inputs = [], beneath = base) => {
      let output = '';
      const step = {
        id: 'step',
        log: (_: string, text: string) => void (output += text),
        note: () => undefined,
      };
      const { layers } = await engine.run(execOp(script, over), [beneath, ...inputs], step);
      const ids = layers.map(({ id }) => id);
      const layer = ids.at(-1);
      if (layer === undefined) throw new Error('no layer');
      const paths = (await snapshots.index(layer)).map(({ path }) => path);
      return { output, layer, paths, tree: await snapshots.tree(ids) };
    },
  };
}
