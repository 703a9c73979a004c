import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { LayerIndex } from '../../../src/layer/layer-index.ts';
import { chooseSandbox } from '../../../src/sandbox/choose.ts';
import type { Sandbox } from '../../../src/sandbox/types.ts';
import { idMode } from '../../../src/sandbox/userns.ts';
import { createSnapshots } from '../../../src/snapshot/snapshots.ts';
import type { LayerId, Snapshots, Tree } from '../../../src/snapshot/types.ts';
import { execEngine, type ExecServices } from '../../../src/solve/engines/exec.ts';
import type { ExecOp, Snapshot } from '../../../src/solve/graph.ts';
import type { Engine } from '../../../src/solve/solver.ts';
import { openStore } from '../../../src/store/store.ts';
import { findProgram } from '../../components/program.ts';
import { testCtx, type TestCtx } from '../../support/ctx.ts';
import { execOp } from './op.ts';

/** A file by its text, a directory by `null`, a link by `-> where`, or with mode and owner. */
export type File =
  | string
  | null
  | { readonly text: string | Buffer; readonly mode?: number; readonly uid?: number; readonly gid?: number };

export const passwd = 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:App:/home/app:/bin/sh\n';
export const group = 'root:x:0:\napp:x:1000:\nusers:x:100:app\n';

const applets =
  'sh cat ls id env echo mkdir rm rmdir chmod chown stat touch sleep hostname mount find grep test [ pwd kill wc ln df head nc wget ip true false printf readlink ulimit tr date'.split(
    ' ',
  );

/** A base with a shell and two users. */
export function busybox(): Record<string, File> {
  const program = findProgram('busybox');
  if (program === undefined) throw new Error('busybox (Debian: busybox-static) is not installed');
  return {
    bin: null,
    'bin/busybox': { text: readFileSync(program), mode: 0o755 },
    ...Object.fromEntries(applets.map((name) => [`bin/${name}`, '-> busybox'])),
    etc: null,
    'etc/group': group,
    'etc/passwd': passwd,
    home: null,
    root: null,
    tmp: null,
  };
}

/** Makes a layer known; parents must stand before what is in them. */
export async function addLayer(
  snapshots: Snapshots,
  files: Readonly<Record<string, File>>,
): Promise<LayerId> {
  const contents = new Map<string, Buffer>();
  const index: LayerIndex = Object.entries(files)
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([path, file]) => {
      const base = { path, mode: 0o755, uid: 0, gid: 0, mtime: 1_600_000_000, size: 0 };
      if (file === null) return { ...base, type: 'directory' };
      if (typeof file === 'string' && file.startsWith('-> '))
        return { ...base, type: 'symlink', mode: 0o777, linkName: file.slice(3) };
      const { text, mode = 0o644, uid = 0, gid = 0 } = typeof file === 'string' ? { text: file } : file;
      const bytes = Buffer.from(text);
      contents.set(path, bytes);
      const digest = createHash('sha256').update(bytes).digest('hex');
      return { ...base, type: 'file', mode, uid, gid, size: bytes.length, digest };
    });
  return snapshots.add(index, async function* ({ path }) {
    yield contents.get(path) ?? Buffer.alloc(0);
  });
}

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
  const snapshots = await createSnapshots(ctx, store, { idMode: await idMode(), overlay: 'auto' });
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
