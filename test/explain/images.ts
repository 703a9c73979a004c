/** Images for the tests of explain, built in code: layers of entries, in each form that an image can come in. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { explain } from '../../src/explain/explain.ts';
import type { DirectoryExplanation, ExplainRequest, ImageExplanation } from '../../src/explain/types.ts';
import type { Ctx } from '../../src/core/ctx.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import type { ContainerConfig, Descriptor, History } from '../../src/oci/types.ts';
import { tarOf } from '../layer/support.ts';
import { file } from '../layer/support.ts';
import { parseJson } from '../support/json.ts';

export interface TestLayer {
  readonly by?: string;
  readonly entries: readonly Entry[];
}

export interface TestImage {
  /** Of the config. */
  readonly architecture?: string;
  readonly layers: readonly TestLayer[];
  readonly config?: ContainerConfig;
  readonly history?: readonly History[];
  /** Bytes in place of a layer's own. */
  readonly damage?: (blob: Buffer, layer: number) => Buffer;
}

export type Packing = 'plain' | 'gzip' | 'zstd';

const packings = {
  plain: { type: mediaTypes.ociLayer, pack: (bytes: Buffer) => bytes },
  gzip: { type: mediaTypes.ociLayerGzip, pack: (bytes: Buffer) => gzipSync(bytes) },
  zstd: { type: mediaTypes.ociLayerZstd, pack: (bytes: Buffer) => zstdCompressSync(bytes) },
} as const;

async function configOf({
  layers,
  config,
  history,
  architecture = 'amd64',
}: TestImage): Promise<{ tars: Buffer[]; bytes: Buffer }> {
  const tars = await Promise.all(layers.map(async ({ entries }) => tarOf(entries)));
  const document = {
    architecture,
    os: 'linux',
    config: config ?? {},
    rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
    history: history ?? layers.map(({ by }) => ({ created_by: by ?? 'COPY files / # buildkit' })),
  };
  return { tars, bytes: Buffer.from(JSON.stringify(document)) };
}

/** Writes an OCI layout. @returns its directory */
export async function writeLayout(
  directory: string,
  image: TestImage,
  packing: Packing = 'gzip',
): Promise<string> {
  const { tars, bytes } = await configOf(image);
  const blobs = path.join(directory, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (blob: Buffer, mediaType: string, stored = blob): Descriptor => {
    const digest = digestOf(blob);
    writeFileSync(path.join(blobs, digest.slice('sha256:'.length)), stored);
    return { mediaType, digest, size: blob.length };
  };
  const { type, pack } = packings[packing];
  const layers = tars.map((tar, index) => {
    const blob = pack(tar);
    return put(blob, type, image.damage?.(blob, index));
  });
  const manifest = put(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: put(bytes, mediaTypes.ociConfig),
        layers,
      }),
    ),
    mediaTypes.ociManifest,
  );
  writeFileSync(path.join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    path.join(directory, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [manifest] }),
  );
  return directory;
}

/** Writes an OCI layout of an index, with an image for each architecture. @returns its directory */
export async function writeIndex(directory: string, images: readonly TestImage[]): Promise<string> {
  const manifests: object[] = [];
  for (const image of images) {
    await writeLayout(directory, image);
    const { manifests: own } = parseJson<{ manifests: object[] }>(
      readFileSync(path.join(directory, 'index.json'), 'utf8'),
    );
    const platform = { os: 'linux', architecture: image.architecture ?? 'amd64' };
    manifests.push(...own.map((manifest) => ({ ...manifest, platform })));
  }
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  const digest = digestOf(index);
  writeFileSync(path.join(directory, 'blobs', 'sha256', digest.slice('sha256:'.length)), index);
  const whole = { mediaType: mediaTypes.ociIndex, digest, size: index.length };
  writeFileSync(path.join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [whole] }));
  return directory;
}

/** Writes what docker save wrote before it wrote layouts: plain layers. */
export async function writeDockerTar(target: string, image: TestImage): Promise<string> {
  const { tars, bytes } = await configOf(image);
  const names = tars.map((tar) => `${digestOf(tar).slice('sha256:'.length)}/layer.tar`);
  const manifest = [{ Config: 'config.json', RepoTags: ['example:1'], Layers: names }];
  const stored = tars.map((tar, index) => image.damage?.(tar, index) ?? tar);
  const archive = await tarOf([
    file('config.json', bytes),
    ...stored.map((tar, index) => file(names[index] ?? '', tar)),
    file('manifest.json', JSON.stringify(manifest)),
  ]);
  writeFileSync(target, archive);
  return target;
}

export function requestFor(what: string, more: Partial<ExplainRequest> = {}): ExplainRequest {
  return { what, access: { insecure: [] }, binaries: false, ...more };
}

export async function explainImageAt(
  ctx: Ctx,
  what: string,
  more: Partial<ExplainRequest> = {},
): Promise<ImageExplanation> {
  const found = await explain(ctx, requestFor(what, more));
  if (found.kind !== 'image') throw new Error(`${what} was taken for a ${found.kind}`);
  return found;
}

export async function explainDirectoryAt(
  ctx: Ctx,
  what: string,
  more: Partial<ExplainRequest> = {},
): Promise<DirectoryExplanation> {
  const found = await explain(ctx, requestFor(what, more));
  if (found.kind !== 'directory') throw new Error(`${what} was taken for a ${found.kind}`);
  return found;
}

/** A minimal ELF64 program: a header, a section table, and sections that are not loaded, of these sizes. */
export function elfFile(sections: {
  readonly debug: number;
  readonly symbols: number;
  readonly go?: boolean;
  readonly loader?: boolean;
}): Buffer {
  const { debug, symbols, go = false, loader = false } = sections;
  const body = 4096;
  const tableAt = body + debug + symbols;
  const bytes = Buffer.alloc(tableAt + 4 * 64);
  bytes.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(62, 18);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeBigUInt64LE(BigInt(tableAt), 40);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt16LE(64, 58);
  bytes.writeUInt16LE(4, 60);
  bytes.writeUInt32LE(loader ? 3 : 1, 64);
  if (go) bytes.write('\x04\0\0\0\x10\0\0\0\x04\0\0\0Go\0\0', 512, 'latin1');
  const section = (index: number, type: number, size: number, link: number): void => {
    const at = tableAt + index * 64;
    bytes.writeUInt32LE(type, at + 4);
    bytes.writeBigUInt64LE(BigInt(size), at + 32);
    bytes.writeUInt32LE(link, at + 40);
  };
  section(1, 1, debug, 0);
  section(2, 2, symbols / 2, 3);
  section(3, 3, symbols / 2, 0);
  return bytes;
}
