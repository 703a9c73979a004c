import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { withTempDir } from '../../core/temp.ts';
import type { Entry } from '../../layer/entry.ts';
import type { IndexEntry } from '../../layer/layer-index.ts';
import type { Platform } from '../../oci/types.ts';
import { openSnapshots } from '../../run/snapshots.ts';
import { chooseSandbox } from '../../sandbox/choose.ts';
import { emulatorFor } from '../../sandbox/emulation.ts';
import type { Mount, Sandbox } from '../../sandbox/types.ts';
import type { Snapshots, Tree } from '../../snapshot/types.ts';
import { idMode } from '../../sandbox/userns.ts';
import { sandboxRoot } from '../../solve/exec/mount-bind.ts';
import { tail } from '../../solve/exec/tail.ts';
import type { Store } from '../../store/store.ts';
import { indexTree } from './lay-out.ts';
import type { LaidOut } from './lay-out.ts';
import type { Goes } from './order.ts';
import { ownerPrograms } from './owners.ts';
import { command, scriptEnvironment, standIns } from './scripts.ts';

export interface ScriptRun {
  readonly laidOut: LaidOut;
  readonly goes: Goes;
  /** Debian's name. */
  readonly architecture: string;
  readonly platform: Platform;
  readonly sandbox: 'auto' | 'builtin' | 'runc' | 'chroot';
  /** Of the step that is shown. */
  readonly id: string;
}

/** Milliseconds by which a file's time may lie before the clock's: the kernel takes them from its tick. */
const tick = 20;

/**
 * Runs the maintainer scripts of packages that are laid out, by their own dpkg, in the sandbox, without a network.
 * @returns what they changed, as a layer's entries
 * @throws ToolError BASE_SCRIPT_FAILED; SANDBOX_UNAVAILABLE, SANDBOX_FAILED, TOOL_MISSING for another processor's programs
 */
export async function runScripts(ctx: Ctx, store: Store, run: ScriptRun): Promise<readonly Entry[]> {
  const sandbox = await chooseSandbox(ctx, run.sandbox);
  try {
    sandbox.prepare(ctx);
    await emulatorFor(ctx, sandbox, run.platform);
    const snapshots = await openSnapshots(ctx, store, sandbox);
    const { tree } = run.laidOut;
    const index = await indexTree(tree, ctx.signal);
    const base = await snapshots.add(index, ({ path }) => contentAt(tree, path));
    const root = await snapshots.writable([base]);
    try {
      const since = Date.now() - tick;
      const single = (await idMode()) === 'single';
      const omit = await withTempDir(ctx, async (directory) => {
        const before = await standIns(directory, single ? ownerPrograms : {});
        await perform(ctx, sandbox, root, run, { ...before, single });
        return new Set(before.mounts.map(({ target }) => target.slice(1)));
      });
      const { id, index: changes } = await snapshots.adopt(root, { since, omit });
      return await entriesOf(snapshots, id, changes, run.laidOut.epoch);
    } finally {
      await root.discard();
    }
  } finally {
    await sandbox.close();
  }
}

function contentAt(tree: ReadonlyMap<string, Entry>, path: string): AsyncIterable<Uint8Array> {
  const content = tree.get(path)?.content;
  if (content) return content();
  throw new ToolError('INTERNAL', `there is no content at ${JSON.stringify(path)}`);
}

interface Surroundings {
  readonly mounts: readonly Mount[];
  readonly path: readonly string[];
  /** Only one id is mapped. */
  readonly single: boolean;
}

async function perform(
  ctx: Ctx,
  sandbox: Sandbox,
  root: Parameters<typeof sandboxRoot>[0],
  { goes, architecture, laidOut, id }: ScriptRun,
  { mounts, path, single }: Surroundings,
): Promise<void> {
  const last = tail();
  const exit = await sandbox.run(ctx, {
    root: sandboxRoot(root),
    argv: command(goes, architecture),
    env: scriptEnvironment(laidOut.epoch, path),
    cwd: '/',
    user: { uid: 0, gid: 0, groups: [] },
    hostname: 'localhost',
    mounts,
    network: 'none',
    ...(single && { feignIds: true }),
    stdio: 'pipe',
    onOutput: (stream, text) => {
      last.add(text);
      ctx.emit({ kind: 'log', id, stream, text });
    },
  });
  ctx.signal.throwIfAborted();
  if (exit.code !== 0) {
    const output = last.text();
    // dpkg's last words.
    const [, names] = /^Errors were encountered while processing:\n((?: \S+\n?)+)/m.exec(output) ?? [];
    const whose = names === undefined ? '' : ` of ${names.trim().split(/\s+/).join(', ')}`;
    throw new ToolError('BASE_SCRIPT_FAILED', `a maintainer script${whose} failed (exit code ${exit.code})`, {
      detail: output,
      hint: 'Leave the package out, or look what its script needs that a sandbox without a network has not.',
    });
  }
}

/** The layer's entries with their contents; whatever was made while the scripts ran has one time. */
async function entriesOf(
  snapshots: Snapshots,
  id: Parameters<Snapshots['tree']>[0][number],
  index: readonly IndexEntry[],
  epoch: number,
): Promise<Entry[]> {
  const tree = await snapshots.tree([id]);
  return index.map(({ made, digest, ...entry }) => {
    const mtime = made === true ? epoch : Math.min(Math.floor(entry.mtime), epoch);
    const content = digest === undefined ? {} : { content: () => read(tree, entry.path) };
    return { ...entry, mtime, ...content };
  });
}

async function* read(tree: Tree, path: string): AsyncGenerator<Uint8Array> {
  const entry = await tree.entry(path);
  if (!entry) throw new ToolError('INTERNAL', `the layer has no ${JSON.stringify(path)}`);
  yield* tree.open(entry);
}
