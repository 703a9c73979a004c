/**
 * COPY, ADD and WORKDIR: one new layer above input 0, worked out on indexes by the rules of BuildKit's file op. Nothing is unpacked; contents
 * are read when the layer is written.
 */
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import type { IndexEntry } from '../../layer/layer-index.ts';
import type { Bytes } from '../../oci/image.ts';
import type { LayerId, Snapshots, Tree } from '../../snapshot/types.ts';
import { parseChmod } from '../copy/chmod.ts';
import { withDigests, type Chosen } from '../copy/choose.ts';
import { emitLayer } from '../copy/emit.ts';
import { copyError, titleOf, withTitle } from '../copy/instruction.ts';
import { copyInputsKey, copyKey } from '../copy/key.ts';
import type { CopyEngineOptions } from '../copy/options.ts';
import { overlay, type Overlay } from '../copy/overlay.ts';
import { findOwner, namesSomebody } from '../copy/owner.ts';
import { cleanDest, place } from '../copy/place.ts';
import { inlineTree } from '../copy/inline.ts';
import { select, type Picked } from '../copy/select.ts';
import { nothing } from '../copy/spool.ts';
import { unpackInto } from '../copy/unpack.ts';
import { makeDirectories, realPath, type Owner } from '../copy/walk-path.ts';
import type { CopyAction, CopyOp, Snapshot } from '../graph.ts';
import type { Engine } from '../solver.ts';

export type { CopyEngineOptions, PatternSet } from '../copy/options.ts';

/** The engine of `copy` ops over one set of snapshots. */
export function copyEngine(ctx: Ctx, snapshots: Snapshots, options: CopyEngineOptions): Engine<'copy'> {
  const trees = new Map<string, Promise<Tree>>();
  const choices = new WeakMap<CopyOp, Promise<readonly (Chosen | undefined)[]>>();

  const treeOf = async (layers: readonly LayerId[]): Promise<Tree> => {
    const name = layers.join(' ');
    const known = trees.get(name);
    if (known) return known;
    const tree = snapshots.tree(layers);
    trees.set(name, tree);
    tree.catch(() => trees.delete(name));
    return tree;
  };

  const choose = async (action: CopyAction, inputs: readonly Snapshot[]): Promise<Chosen | undefined> => {
    if (action.kind !== 'copy') return undefined;
    const input = inputs[action.input];
    if (!input)
      throw new ToolError('INTERNAL', `${titleOf(action)}: it copies from an input that it has not`);
    const tree = input.tree ?? (await treeOf(idsOf(input)));
    const picked = await select(tree, action, options, input.tree !== undefined);
    for (const source of action.sources) warnOfNothing(action, source, picked);
    return withDigests(tree, picked);
  };

  /** BuildKit is silent about it; nearly always it is a slip of the pen. */
  const warnOfNothing = (action: CopyAction, source: string, picked: readonly Picked[]): void => {
    if (picked.some((each) => each.source === source && !each.nothing)) return;
    const message = `${titleOf(action, source)}: nothing matches, so nothing is copied`;
    ctx.emit({ kind: 'warning', message, hint: 'Look at the pattern, and at .dockerignore.' });
  };

  /** Once for the key and the run. */
  const chosenBy = async (
    op: CopyOp,
    inputs: readonly Snapshot[],
  ): Promise<readonly (Chosen | undefined)[]> => {
    const known = choices.get(op);
    if (known) return known;
    const chosen = Promise.all(op.actions.map(async (action) => choose(action, inputs)));
    choices.set(op, chosen);
    return chosen;
  };

  return {
    inputsKey: async (op, inputs) => copyInputsKey(op, inputs, op.link ? undefined : idsOf(inputs[0])),
    key: async (op, inputs) =>
      copyKey(op, await chosenBy(op, inputs), op.link ? undefined : idsOf(inputs[0])),
    run: async (op, inputs, step) => {
      const chosen = await chosenBy(op, inputs);
      const below = idsOf(inputs[0]);
      const base = op.link || below.length === 0 ? undefined : await treeOf(below);
      const now = Math.floor(ctx.now().getTime() / 1000);
      const fs = overlay(base, await base?.entry(''), now);
      for (const [index, action] of op.actions.entries()) {
        ctx.signal.throwIfAborted();
        await withTitle(action, async () => apply(fs, action, chosen[index], base, op.link));
      }
      const { index, contents } = await withTitle(op.actions[0], async () => emitLayer(fs));
      const id = await snapshots.add(index, (entry) => contentOf(contents, entry));
      step.note(noteOf(index));
      const layer = { id, what: op.actions.map((action) => titleOf(action)).join(', '), reused: false };
      return { layers: [...(inputs[0]?.layers ?? []), layer] };
    },
  };

  async function apply(
    fs: Overlay,
    action: CopyAction,
    chosen: Chosen | undefined,
    base: Tree | undefined,
    link: boolean,
  ): Promise<void> {
    const owner = await ownerOf(action, base, link);
    if (action.kind === 'directory') {
      const path = await realPath(fs, fs.root, action.path);
      await makeDirectories(fs, fs.root, path, 0o755, owner);
      return;
    }
    const chmod = action.mode === undefined ? undefined : parseChmod(action.mode, action.where);
    const dest = cleanDest(action.dest);
    if (action.kind === 'inline') {
      const { tree, picked, digest } = inlineTree(action, fs.now);
      return place(fs, tree, picked, { dest, owner, chmod, contents: false, digest: () => digest });
    }
    if (!chosen) return;
    const { tree, digests } = chosen;
    const { blobs } = options;
    const contents = action.literal !== true;
    for (const picked of chosen.picked) {
      const { entry } = picked.item;
      const entries =
        action.unpack && entry.type === 'file' ? await options.unpackArchive(tree.open(entry)) : undefined;
      if (entries) await unpackInto(fs, entries, { dest, owner, blobs });
      else await place(fs, tree, picked, { dest, owner, chmod, contents, digest: (of) => digests.get(of) });
    }
  }

  async function ownerOf(
    action: CopyAction,
    base: Tree | undefined,
    link: boolean,
  ): Promise<Owner | undefined> {
    if (action.owner === undefined || action.owner === '') return undefined;
    if (link && namesSomebody(action.owner))
      throw copyError(
        action,
        'DOCKERFILE_INVALID',
        `with --link the image beneath is not looked at, so nobody knows who ${action.owner} is`,
        'Write numbers (--chown=1000:1000), or drop --link.',
      );
    return findOwner(base, action.owner, (message, hint) =>
      ctx.emit({ kind: 'warning', message: `${titleOf(action)}: ${message}`, hint }),
    );
  }
}

function idsOf(input: Snapshot | undefined): LayerId[] {
  return (input?.layers ?? []).map(({ id }) => id);
}

function contentOf(contents: ReadonlyMap<string, () => Bytes>, entry: IndexEntry): Bytes {
  const open = contents.get(entry.path);
  if (open) return open();
  if (entry.size === 0) return nothing(); // a whiteout
  throw new ToolError('INTERNAL', `nothing is known of the content of ${entry.path}`);
}

function noteOf(index: readonly IndexEntry[]): string {
  const files = index.filter(({ type }) => type === 'file');
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return `${files.length} ${files.length === 1 ? 'file' : 'files'}, ${sizeText(bytes)}`;
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
