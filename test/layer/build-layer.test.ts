import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { buildLayer } from '../../src/layer/build-layer.ts';
import type { BlobSink } from '../../src/layer/build-layer.ts';
import type { Compression } from '../../src/layer/compress.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { directory, failure, file, sample, tarOf } from './support.ts';

interface MemorySink extends BlobSink {
  readonly blobs: Buffer[];
  readonly aborted: () => number;
}

function memorySink(fail?: Error): MemorySink {
  const blobs: Buffer[] = [];
  let aborted = 0;
  return {
    blobs,
    aborted: () => aborted,
    writer: async () => {
      const parts: Buffer[] = [];
      return {
        write: async (chunk) => {
          if (fail) throw fail;
          parts.push(Buffer.from(chunk));
        },
        commit: async () => {
          const blob = Buffer.concat(parts);
          blobs.push(blob);
          return { digest: digestOf(blob), size: blob.length };
        },
        abort: async () => {
          aborted++;
        },
      };
    },
  };
}

const entries = [directory('app'), file('app/server', sample(2_500_000), { mode: 0o755 }), file('app/empty')];
const unpackers = { gzip: gunzipSync, zstd: zstdDecompressSync, none: (bytes: Buffer) => bytes };

describe.each<[Compression['kind'], 'oci' | 'docker', string]>([
  ['gzip', 'oci', 'application/vnd.oci.image.layer.v1.tar+gzip'],
  ['zstd', 'oci', 'application/vnd.oci.image.layer.v1.tar+zstd'],
  ['none', 'oci', 'application/vnd.oci.image.layer.v1.tar'],
  ['gzip', 'docker', 'application/vnd.docker.image.rootfs.diff.tar.gzip'],
  ['none', 'docker', 'application/vnd.docker.image.rootfs.diff.tar'],
])('%s, %s', (kind, mediaTypeFamily, mediaType) => {
  test('the blob is the tar, and every figure is right', async () => {
    const sink = memorySink();
    const built = await buildLayer(entries, { compression: { kind }, mediaTypeFamily }, sink);
    const [blob] = sink.blobs;
    const tar = await tarOf(entries);
    expect(blob && unpackers[kind](blob).equals(tar)).toBe(true);
    expect(built).toEqual({
      descriptor: { mediaType, digest: digestOf(blob ?? ''), size: blob?.length },
      diffId: digestOf(tar),
      uncompressedSize: tar.length,
    });
    expect(sink.aborted()).toBe(0);
  });
});

test("zstd with Docker's media types is refused before anything is read or written", async () => {
  const sink = memorySink();
  const never = (function* () {
    yield directory('a');
    throw new Error('must not be read');
  })();
  const error = await failure(
    buildLayer(never, { compression: { kind: 'zstd' }, mediaTypeFamily: 'docker' }, sink),
  );
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
  expect([sink.blobs.length, sink.aborted()]).toEqual([0, 0]);
});

test('a layer that fails, by its entries or by the disk, leaves nothing', async () => {
  const broken = memorySink();
  const entry = file('a', 'short', { size: 3_000_000 });
  expect(
    await failure(buildLayer([entry], { compression: { kind: 'gzip' }, mediaTypeFamily: 'oci' }, broken)),
  ).toMatchObject({ code: 'FILE_UNREADABLE' });
  expect([broken.blobs.length, broken.aborted()]).toEqual([0, 1]);
  const full = memorySink(new Error('no space'));
  expect(
    await failure(buildLayer(entries, { compression: { kind: 'gzip' }, mediaTypeFamily: 'oci' }, full)),
  ).toMatchObject({ message: 'no space' });
  expect([full.blobs.length, full.aborted()]).toEqual([0, 1]);
});
