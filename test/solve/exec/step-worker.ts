/**
 * A RUN step in a process of its own, for tests that run as ordinary users: `step-worker.ts HOME` with the ops as JSON on standard input, one
 * after the other on a base of busybox. Prints what came of each as JSON.
 */
import { text } from 'node:stream/consumers';
import { enterIfNeeded } from '../../../src/cli/user-namespace.ts';
import { isToolError } from '../../../src/core/errors.ts';
import { makeCtx } from '../../../src/core/make-ctx.ts';
import { chooseSandbox } from '../../../src/sandbox/choose.ts';
import { idMode } from '../../../src/sandbox/userns.ts';
import { createSnapshots } from '../../../src/snapshot/snapshots.ts';
import { execEngine } from '../../../src/solve/engines/exec.ts';
import type { ExecOp } from '../../../src/solve/graph.ts';
import { openStore } from '../../../src/store/store.ts';
import { addLayer, busybox } from './files.ts';
import { execOp } from './op.ts';

export interface WorkerStep {
  readonly script: string;
  readonly over?: Partial<ExecOp>;
}

export interface WorkerResult {
  readonly output: string;
  readonly error?: { readonly code: string; readonly hint: string | undefined };
  /** Path, mode, owner. */
  readonly entries?: readonly (readonly [string, number, number])[];
}

const [, , home = ''] = process.argv;
const ctx = makeCtx(
  { ...process.env, CORACLE_HOME: home },
  home,
  new AbortController().signal,
  () => undefined,
);
await enterIfNeeded(ctx);
const store = await openStore(ctx);
const snapshots = createSnapshots(ctx, store, { idMode: await idMode(), overlay: 'auto' });
const sandbox = await chooseSandbox(ctx, 'builtin');
const engine = execEngine(ctx, snapshots, sandbox, {
  secret: async () => Buffer.from('hidden'),
  ssh: async () => process.env['SSH_AUTH_SOCK'],
});
const base = { layers: [{ id: await addLayer(snapshots, busybox()), what: '', reused: false }] };

async function run({ script, over }: WorkerStep): Promise<WorkerResult> {
  let output = '';
  try {
    const step = { id: '', log: (_: string, more: string) => void (output += more), note: () => undefined };
    const { layers } = await engine.run(execOp(script, over), [base], step);
    const layer = layers.at(-1);
    const index = layer ? await snapshots.index(layer.id) : [];
    return { output, entries: index.map(({ path, mode, uid }) => [path, mode, uid]) };
  } catch (error) {
    if (!isToolError(error)) throw error;
    return { output, error: { code: error.code, hint: error.hint } };
  }
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a test wrote it
const steps = JSON.parse(await text(process.stdin)) as WorkerStep[];
const results: WorkerResult[] = [];
for (const step of steps) results.push(await run(step));
console.log(JSON.stringify(results));
await sandbox.close();
process.exit(0);
