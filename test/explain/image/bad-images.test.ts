import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/explain/explain.ts';
import { scanLayer } from '../../../src/explain/image/scan-layer.ts';
import { breathing } from '../../../src/explain/files/breath.ts';
import { mergeScans } from '../../../src/explain/files/merge.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { mediaTypes } from '../../../src/oci/types.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';
import { containing } from '../../support/containing.ts';
import { file, link, octal, rawHeader, sample, tarOf } from '../../layer/support.ts';
import { elfFile, explainImageAt, requestFor, writeDockerTar, writeLayout } from '../images.ts';
import type { TestImage } from '../images.ts';

const example: TestImage = {
  layers: [
    { entries: [file('first', sample(200_000))] },
    { entries: Array.from({ length: 50 }, (_, index) => file(`second/${index}`, sample(1000 + index))) },
  ],
};

describe('a damaged image', () => {
  test.each<[string, (blob: Buffer) => Buffer]>([
    ['cut', (blob) => blob.subarray(0, blob.length >> 1)],
    ['flipped', (blob) => flipped(blob, blob.length - 600)],
    ['replaced', (blob) => Buffer.alloc(blob.length, 'x')],
  ])('with one layer %s is explained in part, and says so', async (_, damage) => {
    const ctx = testCtx({ cwd: tempDir() });
    for (const packing of ['plain', 'gzip'] as const) {
      const what = await writeLayout(
        path.join(ctx.cwd, packing),
        { ...example, damage: (blob, layer) => (layer === 1 ? damage(blob) : blob) },
        packing,
      );
      const found = await explainImageAt(ctx, what);
      expect(found.problems).toEqual([containing('layer 2 is damaged')]);
      expect(found.layers[0]).toMatchObject({ added: { files: 1, bytes: 200_000 } });
      expect(found.trees.layers?.bytes[0]).toBe(found.unpacked);
    }
  });

  test('of which no layer can be read is an error that says why', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    const what = await writeLayout(path.join(ctx.cwd, 'layout'), {
      ...example,
      damage: (blob) => Buffer.alloc(blob.length),
    });
    await expect(explainImageAt(ctx, what)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: containing('no layer'),
      hint: containing('Fetch'),
    });
  });

  test('whose layers are called by digests that are not theirs is explained whole, as Docker loads it', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    const layer = gzipSync(await tarOf([file('first', 'content')]));
    const config = { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers' } };
    const diffIds = [digestOf(await tarOf([file('first', 'content')]))];
    const name = `blobs/sha256/${'0'.repeat(64)}`;
    const archive = await tarOf([
      file(
        'config.json',
        JSON.stringify({ ...config, rootfs: { ...config.rootfs, diff_ids: diffIds }, history: [] }),
      ),
      file(name, layer),
      file('manifest.json', JSON.stringify([{ Config: 'config.json', RepoTags: [], Layers: [name] }])),
    ]);
    writeFileSync(path.join(ctx.cwd, 'misnamed.tar'), archive);
    const found = await explainImageAt(ctx, 'docker-archive:misnamed.tar');
    expect(found).toMatchObject({ files: 1, problems: [] });
    expect(found.layers[0]?.digest).toBe(digestOf(layer));
  });

  test('is not remembered as it was read', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    const what = await writeDockerTar(path.join(ctx.cwd, 'image.tar'), example);
    const bytes = readFileSync(what);
    writeFileSync(what, flipped(bytes, 100_000));
    expect((await explainImageAt(ctx, what)).problems).toHaveLength(1);
    writeFileSync(what, bytes);
    expect((await explainImageAt(ctx, what)).problems).toEqual([]);
  });

  test('whose layers make no sense together is explained all the same', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    const what = await writeDockerTar(path.join(ctx.cwd, 'image.tar'), {
      layers: [
        {
          entries: [
            link('symlink', 'a', 'b'),
            link('symlink', 'b', 'a'),
            file('a/inside-a-loop', 'x'.repeat(10)),
            link('hardlink', 'to-nothing', 'nowhere'),
            file('.wh...', ''),
            file('file', 'f'),
            file('file/below-a-file', 'y'.repeat(20)),
            file('good', 'z'.repeat(30)),
          ],
        },
      ],
    });
    const found = await explainImageAt(ctx, what);
    expect(found.problems).toHaveLength(3);
    expect(found.trees.files?.bytes[0]).toBe(50);
    expect(found.trees.layers?.bytes[0]).toBe(found.unpacked);
  });

  test('with a binary that is none says so of the binary', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    const program = elfFile({ debug: 0, symbols: 0, go: true }).subarray(0, 5000);
    program.writeUInt16LE(60_000, 60);
    const what = await writeLayout(path.join(ctx.cwd, 'layout'), {
      layers: [{ entries: [file('app', program)] }],
      config: { Entrypoint: ['/app'] },
    });
    const found = await explainImageAt(ctx, what, { binaries: true });
    expect(found.files).toBe(1);
    expect(found.binaries.length + found.problems.length).toBe(1);
  });
});

describe('what is no image', () => {
  test.each([
    ['nothing.tar', undefined, 'NOT_FOUND'],
    ['empty', '', 'UNSUPPORTED'],
    ['script', '#!/bin/sh\n', 'UNSUPPORTED'],
    ['prog.exe', 'MZ...', 'UNSUPPORTED'],
    ['other.tar', Buffer.concat([rawHeader({ 124: octal(0) }), Buffer.alloc(1024)]), 'UNSUPPORTED'],
    [
      'other.tar.gz',
      gzipSync(Buffer.concat([rawHeader({ 124: octal(0) }), Buffer.alloc(1024)])),
      'UNSUPPORTED',
    ],
    ['cut.tar.gz', gzipSync(sample(5000)).subarray(0, 100), 'IMAGE_INVALID'],
  ])('%s is refused with what to do', async (name, content, code) => {
    const ctx = testCtx({ cwd: tempDir() });
    if (content !== undefined) writeFileSync(path.join(ctx.cwd, name), content);
    await expect(explain(ctx, requestFor(`./${name}`))).rejects.toMatchObject({
      code,
      hint: containing(' '),
    });
  });
});

/** A gzip layer of `count` small entries, made as it is read. */
async function* manyEntries(count: number): AsyncGenerator<Buffer> {
  const gzip = createGzip({ level: 1 });
  const feed = (async () => {
    for (let index = 0; index < count; index += 500) {
      const blocks = Array.from({ length: Math.min(500, count - index) }, (_, at) =>
        rawHeader({ 0: `d${(index + at) >> 10}/f${index + at}` }),
      );
      if (!gzip.write(Buffer.concat(blocks))) await new Promise((resolve) => gzip.once('drain', resolve));
    }
    gzip.end(Buffer.alloc(1024));
  })();
  for await (const chunk of gzip) if (Buffer.isBuffer(chunk)) yield chunk;
  await feed;
}

test('a layer of very many entries takes little memory for each', async () => {
  const count = 100_000;
  const layer = {
    mediaType: mediaTypes.ociLayerGzip,
    digest: digestOf(''),
    diffId: digestOf(''),
    size: 0,
    open: () => manyEntries(count),
  };
  const before = process.memoryUsage().heapUsed;
  const { scan, problem } = await scanLayer(testCtx().signal, layer, {
    progress: () => undefined,
    budget: { entries: 1_000_000 },
  });
  const merged = await mergeScans([scan]);
  expect(problem).toBeUndefined();
  expect(merged.nodes.size).toBe(count + 1 + Math.ceil(count / 1024));
  expect((process.memoryUsage().heapUsed - before) / count).toBeLessThan(1000);
});

test('what is beyond the entries that an image may have is a problem, not memory', async () => {
  const layer = {
    mediaType: mediaTypes.ociLayerGzip,
    ...{ digest: digestOf(''), diffId: digestOf(''), size: 0 },
    open: () => manyEntries(2000),
  };
  const budget = { entries: 1500 };
  const { scan, problem } = await scanLayer(testCtx().signal, layer, { progress: () => undefined, budget });
  expect(problem).toContain('more than');
  expect(scan.count).toBe(1500);
});

test('a file that claims to be huge ends with the layer', async () => {
  const bytes = Buffer.concat([rawHeader({ 124: '77777777777\0' }), Buffer.alloc(2048)]);
  const layer = {
    mediaType: mediaTypes.ociLayer,
    ...{ digest: digestOf(bytes), diffId: digestOf(bytes), size: bytes.length },
    open: async function* () {
      yield bytes;
    },
  };
  const { problem, scan, unpacked } = await scanLayer(testCtx().signal, layer, {
    progress: () => undefined,
    budget: { entries: 1_000_000 },
  });
  expect(problem).toContain('cut off');
  expect(scan.count).toBe(1);
  expect(unpacked).toBe(2560);
  // Only what came of it: so that the layer's files and headers are the layer.
  expect([...scan.sizes]).toEqual([2048]);
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0x40;
  return copy;
}

test('who interrupts while layers are laid over each other is heard', async () => {
  const layer = { mediaType: mediaTypes.ociLayerGzip, digest: digestOf(''), diffId: digestOf(''), size: 0 };
  const { scan } = await scanLayer(
    testCtx().signal,
    { ...layer, open: () => manyEntries(20_000) },
    { progress: () => undefined, budget: { entries: 1_000_000 } },
  );
  const controller = new AbortController();
  const merging = mergeScans([scan], breathing(controller.signal));
  controller.abort(new Error('enough'));
  await expect(merging).rejects.toThrow('enough');
});
