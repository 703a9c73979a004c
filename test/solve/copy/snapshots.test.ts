/** The engine over real snapshots and a real directory: what comes out is a layer that can be written, and copied from again. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openDirectory } from '../../../src/context/directory.ts';
import { decompress } from '../../../src/layer/decompress.ts';
import { readTar } from '../../../src/layer/tar-read.ts';
import { createSnapshots } from '../../../src/snapshot/snapshots.ts';
import { copyEngine } from '../../../src/solve/engines/copy.ts';
import type { CopyAction, CopyOp, Snapshot } from '../../../src/solve/graph.ts';
import { openStore } from '../../../src/store/store.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';
import { testOptions } from './support.ts';

const step = { id: '', log: () => undefined, note: () => undefined };
const action = (sources: readonly string[], dest: string): CopyAction => ({
  ...{ kind: 'copy', input: 1, sources, dest },
  ...{ parents: false, exclude: [], unpack: false },
});
const op = (...actions: readonly CopyAction[]): CopyOp => ({ kind: 'copy', actions, link: false });

test('a directory becomes a layer, and a layer is copied from', async () => {
  const ctx = testCtx();
  const root = tempDir();
  mkdirSync(path.join(root, 'src'));
  writeFileSync(path.join(root, 'src/main.go'), 'package main\n', { mode: 0o644 });
  symlinkSync('main.go', path.join(root, 'src/link'));
  const store = await openStore(ctx);
  const snapshots = createSnapshots(ctx, store, { idMode: 'root', overlay: 'auto' });
  const engine = copyEngine(ctx, snapshots, testOptions(store.blobs));
  const context: Snapshot = { layers: [], tree: await openDirectory(ctx, root) };

  const first = await engine.run(op(action(['.'], '/app/')), [{ layers: [] }, context], step);
  const second = await engine.run(op(action(['app/src/link'], '/app/src/')), [first, first], step);
  const lower = second.layers.map(({ id }) => id);
  expect(lower).toHaveLength(2);

  const [id] = lower.slice(-1);
  const blob =
    id && (await snapshots.blob(id, { compression: { kind: 'gzip' }, mediaTypes: 'oci', epoch: 0 }));
  const found: string[] = [];
  if (blob)
    for await (const { path: at, type, mode, mtime, content } of readTar(
      decompress(store.blobs.open(blob.descriptor)),
    )) {
      const chunks: Uint8Array[] = [];
      if (content) for await (const chunk of content()) chunks.push(chunk);
      found.push(`${type} ${mode.toString(8)} ${at} ${mtime} ${Buffer.concat(chunks).toString()}`.trim());
    }
  expect(found).toEqual([
    'directory 755 app 0',
    'directory 755 app/src 0',
    'file 644 app/src/link 0 package main',
  ]);
});

test('a WORKDIR that is there is a layer of nothing', async () => {
  const ctx = testCtx();
  const store = await openStore(ctx);
  const snapshots = createSnapshots(ctx, store, { idMode: 'root', overlay: 'auto' });
  const engine = copyEngine(ctx, snapshots, testOptions(store.blobs));
  const made = await engine.run(op({ kind: 'directory', path: '/a/b' }), [{ layers: [] }], step);
  const again = await engine.run(op({ kind: 'directory', path: '/a/b' }), [made], step);
  const indexes = await Promise.all(again.layers.map(async ({ id }) => snapshots.index(id)));
  expect(indexes.map((index) => index.map((entry) => entry.path))).toEqual([['a', 'a/b'], []]);
});
