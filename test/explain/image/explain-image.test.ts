import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/core/event.ts';
import { copyImage } from '../../../src/images/copy.ts';
import type { ByteTree } from '../../../src/explain/tree.ts';
import { parseDockerfile } from '../../../src/dockerfile/parse.ts';
import { typeInstruction } from '../../../src/dockerfile/instruction-type.ts';
import { containing } from '../../support/containing.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';
import { directory, file, link, sample } from '../../layer/support.ts';
import { explainImageAt, writeDockerTar, writeLayout } from '../images.ts';
import type { TestImage } from '../images.ts';

const big = sample(300_000);

/** Everything that layers can do to each other. */
const example: TestImage = {
  layers: [
    {
      by: '/bin/sh -c #(nop) ADD file:0123456789abcdef in / ',
      entries: [
        directory('etc'),
        file('etc/passwd', 'root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/sbin/nologin\n'),
        file('etc/old', 'o'.repeat(5000)),
        directory('data'),
        file('data/big', big),
        file('data/gone', 'g'.repeat(70_000)),
        directory('opaque'),
        file('opaque/below', 'b'.repeat(300)),
        link('symlink', 'shortcut', 'data'),
      ],
    },
    {
      by: 'RUN /bin/sh -c rm -rf /data/gone && chmod 600 /etc/old # buildkit',
      entries: [
        file('etc/old', 'o'.repeat(5000), { mode: 0o600 }),
        file('data/.wh.gone', ''),
        file('opaque/.wh..wh..opq', ''),
        file('opaque/above', 'a'.repeat(10)),
        file('shortcut/through-a-link', 'x'.repeat(20)),
        link('hardlink', 'data/same', 'data/big'),
        file('data/copy', big),
      ],
    },
  ],
  history: [
    { created_by: '/bin/sh -c #(nop) ADD file:0123456789abcdef in / ' },
    { created_by: 'ENV A=b', empty_layer: true },
    {
      created_by: 'RUN /bin/sh -c rm -rf /data/gone && chmod 600 /etc/old # buildkit',
      comment: 'buildkit.dockerfile.v0',
    },
  ],
  config: { Env: ['A=b'], Entrypoint: ['/data/big'], User: '1000' },
};

function pathsOf(tree: ByteTree | undefined): Record<string, number> {
  const paths: string[] = [];
  const found: Record<string, number> = {};
  for (const [node, name] of (tree?.names ?? []).entries()) {
    const parent = tree?.parent[node] ?? -1;
    paths[node] = parent <= 0 ? (parent === -1 ? '' : name) : `${paths[parent]}/${name}`;
    found[paths[node] ?? ''] = tree?.bytes[node] ?? -1;
  }
  return found;
}

/** How the reading of layers ended, one word each. */
function readSteps({ events }: { readonly events: readonly Event[] }): string[] {
  return events.flatMap((event) => (event.kind === 'step' && event.state !== 'started' ? [event.state] : []));
}

describe('an image', () => {
  test('is explained the same in every form that it can come in', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    const archive = await writeDockerTar(path.join(ctx.cwd, 'image.tar'), example);
    const wanted = await explainImageAt(ctx, archive);
    await writeLayout(path.join(ctx.cwd, 'plain'), example, 'plain');
    await writeLayout(path.join(ctx.cwd, 'gzip'), example, 'gzip');
    await writeLayout(path.join(ctx.cwd, 'zstd'), example, 'zstd');
    writeFileSync(path.join(ctx.cwd, 'image.tar.gz'), gzipSync(readFileSync(archive)));
    const access = { insecure: [] };
    await copyImage(ctx, { from: 'oci:gzip', to: 'store:kept:1', access });
    const forms = [
      'docker-archive:image.tar',
      'plain',
      'oci:gzip',
      './zstd',
      'image.tar.gz',
      'docker-archive:image.tar.gz',
      'kept:1',
      'kept:1',
    ];
    for (const form of forms) {
      const found = await explainImageAt(ctx, form);
      expect({
        form,
        layers: found.layers.map(({ added, changed, removed, overhead }) => ({
          added,
          changed,
          removed,
          overhead,
        })),
      }).toEqual({
        form,
        layers: wanted.layers.map(({ added, changed, removed, overhead }) => ({
          added,
          changed,
          removed,
          overhead,
        })),
      });
      expect(found.waste).toEqual(wanted.waste);
      expect(found.access).toEqual(wanted.access);
      expect(found.unpacked).toBe(wanted.unpacked);
      expect(pathsOf(found.trees.files)).toEqual(pathsOf(wanted.trees.files));
      expect(found.problems).toEqual([]);
      expect([...(found.digests ?? [])]).toEqual([...(wanted.digests ?? [])]);
    }
    const digests = [...(wanted.digests?.values() ?? [])];
    expect(digests).toHaveLength(6);
    expect(digests.filter((digest) => digest === hash('sha256', big))).toHaveLength(2);
    // The second time the store's image is not read again.
    expect(readSteps(ctx).slice(-2)).toEqual(['cached', 'cached']);
  });

  test('in an archive is not read again while the file stays as it is, and is read when it changed', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    for (const packing of ['plain', 'gzip'] as const) {
      const layout = await writeLayout(path.join(ctx.cwd, packing), example, packing);
      const blobs = path.join(layout, 'blobs', 'sha256');
      const first = await explainImageAt(ctx, layout);
      expect(readSteps(ctx).slice(-2)).toEqual(['done', 'done']);
      // A file that was written a moment ago is not known by its metadata.
      await sleep(1100);
      await explainImageAt(ctx, layout);
      const again = await explainImageAt(ctx, layout);
      expect(readSteps(ctx).slice(-2)).toEqual(['cached', 'cached']);
      expect(again.waste).toEqual(first.waste);
      expect(pathsOf(again.trees.layers)).toEqual(pathsOf(first.trees.layers));
      expect([...(again.digests ?? [])]).toEqual([...(first.digests ?? [])]);
      const blob = path.join(blobs, first.layers[1]?.digest.slice('sha256:'.length) ?? '');
      const { atime, mtime } = statSync(blob);
      const bytes = readFileSync(blob);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(blob, bytes);
      utimesSync(blob, atime, mtime);
      expect((await explainImageAt(ctx, layout)).problems).not.toEqual([]);
    }
  });

  test('with large layers is read by threads, and explained the same', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    const program = randomBytes(5_000_000);
    program.set(Buffer.from('\x7fELF', 'latin1'));
    const layers = [1, 2].map((layer) => ({
      by: `step ${layer}`,
      entries: [file(`opt/${layer}/server`, program), file('etc/name', `layer ${layer}`)],
    }));
    const image = { layers, config: { Entrypoint: ['/opt/2/server'] } };
    const layout = await writeLayout(path.join(ctx.cwd, 'image'), image);
    const found = await explainImageAt(ctx, layout, { binaries: true });
    await copyImage(ctx, { from: `oci:${layout}`, to: 'store:kept:1', access: { insecure: [] } });
    const stored = await explainImageAt(ctx, 'kept:1', { binaries: true });
    expect(found.layers.map(({ added, changed, overhead }) => ({ added, changed, overhead }))).toEqual(
      stored.layers.map(({ added, changed, overhead }) => ({ added, changed, overhead })),
    );
    expect(found.waste).toEqual(stored.waste);
    expect(found.waste.map(({ kind }) => kind).sort()).toEqual(['duplicate', 'overwritten']);
    expect([...(found.digests ?? [])]).toEqual([...(stored.digests ?? [])]);
    expect(found.problems).toEqual(stored.problems);
  });

  test('sums to the byte: layers to their archives, files to what can be seen', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    const found = await explainImageAt(ctx, await writeDockerTar(path.join(ctx.cwd, 'image.tar'), example));
    const { layers, files } = found.trees;
    expect(layers?.bytes[0]).toBe(found.unpacked);
    expect(found.unpacked).toBe(found.layers.reduce((sum, layer) => sum + layer.unpacked, 0));
    for (const layer of found.layers)
      expect(layer.unpacked).toBe(layer.overhead + layer.added.bytes + layer.changed.bytes);
    expect(pathsOf(files)).toMatchObject({
      '': 59 + 5000 + 300_000 * 2 + 10 + 20,
      'etc/old': 5000,
      'data/same': 0,
      'opaque/above': 10,
      'data/through-a-link': 20,
    });
    expect(pathsOf(files)).not.toHaveProperty('data/gone');
    expect(pathsOf(files)).not.toHaveProperty('opaque/below');
    expect(found.size).toBeGreaterThan(found.unpacked);
    expect(found.files).toBe(6);
  });

  test('tells of each layer what it adds, changes and removes, and which instruction made it', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    const { layers } = await explainImageAt(
      ctx,
      await writeDockerTar(path.join(ctx.cwd, 'image.tar'), example),
    );
    expect(layers).toMatchObject([
      {
        from: 'history',
        added: { files: 6, bytes: 59 + 5000 + 300_000 + 70_000 + 300 },
        changed: { files: 0, bytes: 0 },
        removed: { files: 0, bytes: 0 },
      },
      {
        createdBy: containing('rm -rf /data/gone'),
        added: { files: 4, bytes: 10 + 20 + 300_000 },
        changed: { files: 1, bytes: 5000 },
        removed: { files: 2, bytes: 70_300 },
      },
    ]);
  });

  test('has waste: what is overwritten, deleted and there twice, each byte once, with the step that did it', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    const { waste, efficiency } = await explainImageAt(
      ctx,
      await writeDockerTar(path.join(ctx.cwd, 'image.tar'), example),
    );
    expect(waste).toMatchObject([
      { kind: 'duplicate', bytes: 300_000, path: '/data/copy', layer: 1, detail: 'the same as /data/big' },
      { kind: 'deleted', bytes: 70_000, path: '/data/gone', layer: 0, causedBy: 1 },
      {
        kind: 'overwritten',
        bytes: 5000,
        path: '/etc',
        layer: 0,
        causedBy: 1,
        fix: containing('--chmod'),
      },
      { kind: 'deleted', bytes: 300, path: '/opaque', layer: 0, causedBy: 1 },
    ]);
    expect(waste).toHaveLength(4);
    const all = 59 + 5000 * 2 + 300_000 * 2 + 70_000 + 300 + 10 + 20;
    expect(efficiency).toBeCloseTo(1 - 375_300 / all, 10);
  });

  test('of a history that does not fit its layers has layers of unknown origin', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    const { layers, dockerfile } = await explainImageAt(
      ctx,
      await writeDockerTar(path.join(ctx.cwd, 'image.tar'), {
        ...example,
        history: [{ created_by: 'ko build' }],
      }),
    );
    expect(layers.map(({ from, createdBy }) => [from, createdBy])).toEqual([
      ['unknown', undefined],
      ['unknown', undefined],
    ]);
    expect(dockerfile).toContain('FROM scratch');
  });
});

describe('the Dockerfile', () => {
  test.each([
    ['/bin/sh -c #(nop)  CMD ["a" "b"]', undefined],
    ['/bin/sh -c #(nop) COPY dir:0123456789abcdef0123 in /app/ ', 'COPY ["source","/app/"]'],
    ['/bin/sh -c #(nop) COPY --chown=1:1 file:0123abc in /x ', 'COPY --chown=1:1 ["source","/x"]'],
    [`/bin/sh -c #(nop) COPY --chown=1:1dir:${'0a'.repeat(32)} in /x `, 'COPY --chown=1:1 ["source","/x"]'],
    ['COPY <<EOF /etc/conf # buildkit', 'COPY ["source","/etc/conf"]'],
    ['', 'COPY ["layer-of-unknown-source/", "/"]'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['RUN |1 A=x y /bin/sh -c make all # buildkit', 'RUN make all'],
    ['RUN /bin/sh -c set -e\nmake\n # buildkit', 'RUN ["/bin/sh","-c","set -e\\nmake"]'],
    ['COPY --from=build /go/bin/a /usr/bin/a # buildkit', 'COPY ["/go/bin/a","/usr/bin/a"]'],
    ['WORKDIR /srv', 'WORKDIR /srv'],
    ['coracle build (program)', '# coracle build (program)'],
    ['ko build ko://example.com/x', '# ko build ko://example.com/x'],
    ['bazel build ...\nEVIL', '# bazel build ... EVIL'],
    ['/bin/bash -o pipefail -c a | b', 'RUN a | b'],
  ])('reads the history of %j, and our own parser reads the Dockerfile', async (by, wanted) => {
    const ctx = testCtx({ cwd: tempDir() });
    const archive = await writeDockerTar(path.join(ctx.cwd, 'one.tar'), {
      layers: [{ by, entries: [file('a', 'a')] }],
      config: {
        Env: ['X="$y"\\'],
        Labels: { 'a b': 'c\nd' },
        Cmd: ['-v', '$z'],
        Entrypoint: ['/a'],
        ExposedPorts: { '80/tcp': {} },
        Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 3e9 },
      },
    });
    const { dockerfile } = await explainImageAt(ctx, archive);
    expect(dockerfile.split('\n')[0]).toMatch(/^# Reconstructed/);
    const lines = dockerfile.split('\n');
    if (wanted === undefined)
      expect(lines.filter((line) => line.startsWith('CMD'))).toEqual(['CMD ["-v","$z"]']);
    else expect(lines).toContain(wanted);
    const parsed = parseDockerfile(dockerfile, 'Dockerfile');
    const instructions = parsed.nodes.filter((node) => node.kind === 'instruction');
    for (const node of instructions) typeInstruction(node, parsed);
    expect(instructions.map(({ keyword }) => keyword)).toEqual(
      expect.arrayContaining(['FROM', 'ENV', 'LABEL', 'EXPOSE', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD']),
    );
  });
});
