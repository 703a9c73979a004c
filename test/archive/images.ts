import { gzipSync } from 'node:zlib';
import type { Entry } from '../../src/layer/entry.ts';
import { writeTar } from '../../src/layer/tar-write.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { Bytes } from '../../src/oci/image.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import type { Descriptor, Platform } from '../../src/oci/types.ts';
import type { MemorySource } from '../oci/memory-source.ts';

export const amd64 = { os: 'linux', architecture: 'amd64' };
export const arm64 = { os: 'linux', architecture: 'arm64' };

export async function collect(bytes: Bytes | undefined): Promise<Buffer> {
  if (!bytes) throw new Error('nothing to read');
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** An entry of a tar made for a test. */
export function file(path: string, content: string | Uint8Array): Entry {
  const bytes = Buffer.from(content);
  const open = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes;
  };
  return { path, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, size: bytes.length, content: open };
}

export function symlink(path: string, linkName: string): Entry {
  return { path, type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime: 0, size: 0, linkName };
}

export async function tar(...entries: readonly Entry[]): Promise<Buffer> {
  return collect(writeTar(entries));
}

export interface RealImage {
  readonly descriptor: Descriptor;
  readonly config: Buffer;
  readonly layers: readonly { readonly tar: Buffer; readonly gzip: Buffer }[];
}

/** An image that engines take: real layers (one file each), compressed or not as its media types say. */
export async function realImage(
  source: MemorySource,
  options: { seed?: string; platform?: Platform; docker?: boolean; plain?: boolean } = {},
): Promise<RealImage> {
  const { seed = 'a', platform = amd64, docker = false, plain = false } = options;
  const layers: { tar: Buffer; gzip: Buffer }[] = [];
  for (const name of ['one', 'two']) {
    const bytes = await tar(file(`${name}-${seed}`, `content of ${name} ${seed}\n`.repeat(100)));
    layers.push({ tar: bytes, gzip: gzipSync(bytes, { level: 6 }) });
  }
  const config = Buffer.from(
    JSON.stringify({
      ...platform,
      created: '2020-01-01T00:00:00Z',
      config: { Entrypoint: ['/one'], Labels: { seed } },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => digestOf(layer.tar)) },
      history: layers.map(() => ({ created: '2020-01-01T00:00:00Z', created_by: 'test' })),
    }),
  );
  const layerType = docker
    ? plain
      ? mediaTypes.dockerLayer
      : mediaTypes.dockerLayerGzip
    : plain
      ? mediaTypes.ociLayer
      : mediaTypes.ociLayerGzip;
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: source.add(config, docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig),
    layers: layers.map((layer) => source.add(plain ? layer.tar : layer.gzip, layerType)),
  };
  return { descriptor: source.add(JSON.stringify(manifest), mediaType), config, layers };
}
