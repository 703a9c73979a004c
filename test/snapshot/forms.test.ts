import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  lstatSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildLayer } from '../../src/layer/build-layer.ts';
import { readLayer } from '../../src/layer/read-layer.ts';
import { failure } from '../golang/support/failure.ts';
import { show, step } from './overlay.ts';
import { added, bench, chunks, entry, foreign, indexed, isRoot, plainForm, textOf } from './support.ts';
import type { Bench } from './support.ts';

const some = [
  { path: 'd' },
  { path: 'd/a', text: 'A' },
  { path: 'd/b', text: 'B'.repeat(5000) },
  { path: 'd/c', type: 'hardlink' as const, linkName: 'd/a' },
];

/** The folder of the only layer in the store. */
function folderOf({ store }: Bench): string {
  const layers = path.join(store.root, 'layers');
  return path.join(layers, readdirSync(layers)[0] ?? '');
}

function formOf(folder: string): string {
  return readdirSync(folder).find((name) => name.startsWith('fs') && !name.endsWith('.json')) ?? '';
}

/** The machine was started anew. */
function restart(folder: string): void {
  const marker = path.join(folder, `${formOf(folder)}.json`);
  const text = readFileSync(marker, 'utf8').replace(/,"boot":"[^"]*"|(?=}$)/, ',"boot":"another"');
  writeFileSync(marker, text);
}

describe('a layer that a process will run on', () => {
  const runs = async (options: { readonly runs?: boolean }): Promise<string> => {
    const at = await bench();
    const { descriptor, diffId } = await buildLayer(
      some.map(entry),
      { compression: { kind: 'gzip' }, mediaTypeFamily: 'oci' },
      at.store.blobs,
    );
    const id = at.snapshots.foreign({ descriptor, diffId }, async () => undefined, options);
    expect((await at.snapshots.index(id)).map(({ path: name }) => name)).toEqual(['d', 'd/a', 'd/b', 'd/c']);
    return formOf(folderOf(at));
  };

  it('is unpacked when it is first looked into, so that its blob is read once', async () => {
    expect(await runs({ runs: true })).toMatch(/^fs/);
    expect(await runs({})).toBe('');
  });
});

describe('a directory', () => {
  it('that a power cut took something from is made again', async () => {
    const at = await bench();
    const id = await foreign(at, some);
    const directory = await at.snapshots.directory(id);
    const before = statSync(directory).ino;
    const next = await bench({}, at.ctx.home);
    await foreign(next, some);
    restart(folderOf(at));
    await next.snapshots.directory(id);
    expect(statSync(directory).ino).toBe(before); // looked through, and believed for good
    expect(readFileSync(`${directory}.json`, 'utf8')).not.toContain('boot');
    restart(folderOf(at));
    truncateSync(path.join(directory, 'd/b'), 0);
    const last = await bench({}, at.ctx.home);
    await foreign(last, some);
    await last.snapshots.directory(id);
    expect(statSync(directory).ino).not.toBe(before);
    expect(readFileSync(path.join(directory, 'd/b'), 'utf8')).toHaveLength(5000);
  });

  it('without its marker is not believed', async () => {
    const at = await bench();
    const id = await added(at, some);
    const directory = await at.snapshots.directory(id);
    truncateSync(`${directory}.json`, 0);
    const next = await bench({}, at.ctx.home);
    expect(await next.snapshots.available(id)).toBe(false);
    expect(await failure(next.snapshots.directory(id))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('that is damaged gives no blob', async () => {
    const at = await bench();
    const id = await added(at, some);
    appendFileSync(path.join(await at.snapshots.directory(id), 'd/b'), 'more');
    const next = await bench({}, at.ctx.home);
    expect(await failure(next.snapshots.blob(id, plainForm))).toMatchObject({ code: 'BLOB_CORRUPT' });
    expect(await next.snapshots.available(id)).toBe(false);
  });

  it('is made once by processes that want it together, and a killed one leaves nothing that is believed', async () => {
    const at = await bench();
    await foreign(
      at,
      Array.from({ length: 1000 }, (_, number) => ({ path: `f${number}`, text: `${number}` })),
    );
    const worker = path.join(import.meta.dirname, 'unpack-worker.ts');
    const start = (): ReturnType<typeof spawn> =>
      spawn(process.execPath, ['--no-warnings', worker, at.ctx.home], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    const killed = start();
    if (killed.stdout) await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    await once(killed, 'close');
    const codes = await Promise.all(
      [start(), start(), start()].map(async (child) => {
        child.stdout?.resume();
        await once(child, 'close');
        return child.exitCode;
      }),
    );
    expect(codes).toEqual([0, 0, 0]);
    const folder = folderOf(at);
    expect(readdirSync(path.join(folder, formOf(folder)))).toHaveLength(1000);
  });
});

describe('an index', () => {
  it('that is half-written is made again', async () => {
    const at = await bench();
    const id = await foreign(at, some);
    const index = await at.snapshots.index(id);
    const file = path.join(folderOf(at), 'index.json');
    truncateSync(file, statSync(file).size - 10);
    const next = await bench({}, at.ctx.home);
    await foreign(next, some);
    expect(await next.snapshots.index(id)).toEqual(index);
  });
});

describe('a blob', () => {
  it('has the times of the build and of the layers beneath as it is asked for', async () => {
    const at = await bench();
    const index = [
      { ...indexed({ path: 'made', text: 'x', mtime: 5 }), made: true },
      indexed({ path: 'new', text: 'y', mtime: 2e9 }),
      indexed({ path: 'old', text: 'z', mtime: 7 }),
    ];
    const id = await at.snapshots.add(index, ({ path: name }) =>
      chunks(Buffer.from({ made: 'x', new: 'y' }[name] ?? 'z')),
    );
    const times = async (epoch?: number): Promise<number[]> => {
      const { descriptor } = await at.snapshots.blob(id, {
        ...plainForm,
        ...(epoch !== undefined && { epoch }),
      });
      const found: number[] = [];
      for await (const { mtime } of readLayer({
        mediaType: descriptor.mediaType,
        open: () => at.store.blobs.open(descriptor),
      }))
        found.push(mtime);
      return found;
    };
    expect(await times(1000)).toEqual([1000, 1000, 7]);
    expect(await times()).toEqual([5, 2e9, 7]);
  });

  it('is written once for each form, kept by prune with its record, and enough for the next command', async () => {
    const at = await bench();
    const id = await added(at, some);
    const blob = await at.snapshots.blob(id, plainForm);
    await at.store.prune({ olderThan: 3600_000 });
    const next = await bench({}, at.ctx.home);
    expect(await next.snapshots.blob(id, plainForm)).toEqual(blob);
    const packed = await next.snapshots.blob(id, { compression: { kind: 'gzip' }, mediaTypes: 'docker' });
    expect(packed.diffId).toBe(blob.diffId);
    expect(packed.descriptor.mediaType).toContain('docker');
    const tree = await next.snapshots.tree([id]);
    const c = await tree.entry('d/c');
    expect(c && (await textOf(tree.open(c)))).toBe('A');
  });

  it('of a file that changed since it was indexed is none', async () => {
    const at = await bench();
    const id = await at.snapshots.add([indexed({ path: 'a', text: 'before' })], () =>
      chunks(Buffer.from('after!')),
    );
    expect(await failure(at.snapshots.blob(id, plainForm))).toMatchObject({ code: 'CONTEXT_CHANGED' });
    expect(await failure(at.snapshots.directory(id))).toMatchObject({ code: 'CONTEXT_CHANGED' });
    expect(readdirSync(path.join(at.store.root, 'tmp'))).toEqual([]);
  });

  it('of a layer that came is given as it came, and fetched once', async () => {
    const origin = await bench();
    const came = await origin.snapshots.blob(await foreign(origin, some), plainForm);
    const at = await bench();
    let fetched = 0;
    const id = at.snapshots.foreign(came, async () => {
      fetched++;
      await at.store.blobs.put(origin.store.blobs.open(came.descriptor));
    });
    expect(await at.snapshots.available(id)).toBe(true);
    expect(fetched).toBe(0);
    await at.snapshots.index(id);
    await at.snapshots.directory(id);
    expect(
      await at.snapshots.blob(id, { compression: { kind: 'zstd' }, mediaTypes: 'docker', epoch: 0 }),
    ).toEqual(came);
    expect(fetched).toBe(1);
  });
});

describe('files of a layer that is only a blob', () => {
  const files = Array.from({ length: 50 }, (_, number) => ({
    path: `f${10 + number}`,
    text: `${number}`.repeat(number * 1000),
  }));

  it('are read in any order, also several at a time, without unpacking a layer that is read from its beginning', async () => {
    const at = await bench();
    const id = await foreign(at, files);
    const tree = await at.snapshots.tree([id]);
    const read = async (name: string): Promise<string> => {
      const found = await tree.entry(name);
      return found ? textOf(tree.open(found)) : '';
    };
    for (const { path: name, text } of files) expect(await read(name)).toBe(text);
    expect(readdirSync(folderOf(at))).toEqual(['index.json']);
    const all = await Promise.all(files.map(async ({ path: name }) => read(name)));
    expect(all).toEqual(files.map(({ text }) => text));
    for (const { path: name, text } of files.toReversed()) expect(await read(name)).toBe(text);
  });

  it('two large ones are read side by side', async () => {
    const at = await bench();
    const large = ['x', 'y'].map((name) => ({ path: name, text: name.repeat(3_000_000) }));
    const tree = await at.snapshots.tree([await foreign(at, large)]);
    const [x, y] = await Promise.all(['x', 'y'].map(async (name) => tree.entry(name)));
    if (!x || !y) throw new Error('not there');
    const one = tree.open(x)[Symbol.asyncIterator]();
    const two = tree.open(y)[Symbol.asyncIterator]();
    const sizes = [0, 0];
    for (let done = 0; done < 2;) {
      done = 0;
      for (const [at, reader] of [one, two].entries()) {
        const part = await reader.next();
        if (part.done) done++;
        else sizes[at] = (sizes[at] ?? 0) + part.value.length;
      }
    }
    expect(sizes).toEqual([3_000_000, 3_000_000]);
  });
});

describe.runIf(isRoot)('on disk', () => {
  it('a directory that a layer does not describe looks as the layers beneath say', async () => {
    const at = await bench();
    const layers = [
      await foreign(at, [
        { path: 'tmp', mode: 0o1777 },
        { path: 'tmp/deep', uid: 9 },
      ]),
      await foreign(at, [{ path: 'tmp/deep/file', text: 'x' }]),
    ];
    expect(await show(at, layers, 'stat -c "%a %u" tmp tmp/deep; ls tmp/deep')).toBe('1777 0\n755 9\nfile\n');
    const { index } = await step(at, layers, 'true');
    expect(index).toEqual([]);
  });

  it("a container's own marks of overlayfs are kept, and mean nothing to the overlay around it", async () => {
    const at = await bench();
    const xattrs = { 'trusted.overlay.opaque': Buffer.from('y'), 'user.overlay.x': Buffer.from('z') };
    const layers = [
      await foreign(at, [{ path: 'd' }, { path: 'd/seen', text: '' }]),
      await foreign(at, [{ path: 'd', xattrs }]),
    ];
    expect(await show(at, layers, 'ls d')).toBe('seen\n');
    const { index } = await step(at, layers, 'touch d/new');
    expect(index[0]?.xattrs).toEqual(xattrs);
  });

  it('holes stay holes', async () => {
    const at = await bench();
    const id = await foreign(at, [{ path: 'sparse', text: `x${'\0'.repeat(3_000_000)}` }]);
    const stat = lstatSync(path.join(await at.snapshots.directory(id), 'sparse'));
    expect(stat.size).toBe(3_000_001);
    expect(stat.blocks * 512).toBeLessThan(200_000);
  });

  it('a whiteout and a new directory at the same path are an opaque directory, in either order', async () => {
    const at = await bench();
    const base = await foreign(at, [{ path: 'd' }, { path: 'd/old', text: '' }]);
    const ways = [
      [{ path: '.wh.d', text: '' }, { path: 'd' }, { path: 'd/new', text: '' }],
      [{ path: 'd' }, { path: 'd/new', text: '' }, { path: '.wh.d', text: '' }],
    ];
    for (const way of ways) expect(await show(at, [base, await foreign(at, way)], 'ls d')).toBe('new\n');
  });
});

it('a tree shows what a stack amounts to', async () => {
  const at = await bench();
  const tree = await at.snapshots.tree([
    await foreign(at, [...some, { path: 'e' }, { path: 'e/x', text: '' }]),
    await added(at, [
      { path: 'd/.wh.b', text: '' },
      { path: 'e', text: 'file now' },
    ]),
  ]);
  expect((await tree.list('')).map((found) => found.path)).toEqual(['d', 'e']);
  expect((await tree.list('d')).map((found) => found.path)).toEqual(['d/a', 'd/c']);
  expect(await tree.list('nothing')).toEqual([]);
  expect(await tree.entry('e/x')).toBeUndefined();
  expect(await tree.entry('')).toMatchObject({ type: 'directory' });
  const [a, c, e] = await Promise.all(['d/a', 'd/c', 'e'].map(async (name) => tree.entry(name)));
  expect(a?.same).toBeDefined();
  expect(c).toMatchObject({ type: 'file', size: 1, same: a?.same });
  expect(e?.same).toBeUndefined();
  expect(e && (await tree.digest(e))).toBe(indexed({ path: 'e', text: 'file now' }).digest);
  expect(entry({ path: 'e', text: '' }).type).toBe('file');
});
