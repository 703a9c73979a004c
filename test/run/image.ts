import { gzipSync } from 'node:zlib';
import type { Ctx } from '../../src/core/ctx.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { writeTar } from '../../src/layer/tar-write.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import { mediaTypes, type ContainerConfig, type Platform } from '../../src/oci/types.ts';
import { copyTarget, storeSink } from '../../src/registry/transfer.ts';
import { openStore } from '../../src/store/store.ts';
import { memorySource } from '../oci/memory-source.ts';
import type { File } from '../solve/exec/files.ts';

/** Puts an image with these files into the store, under `name`. */
export async function putImage(
  ctx: Ctx,
  name: string,
  files: Readonly<Record<string, File>>,
  config: ContainerConfig,
  platform: Platform = hostPlatform(),
): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(Object.entries(files).map(entryOf))) chunks.push(chunk);
  const tar = Buffer.concat(chunks);
  const source = memorySource();
  const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: source.add(JSON.stringify({ ...platform, config, rootfs }), mediaTypes.ociConfig),
    layers: [source.add(gzipSync(tar, { level: 1 }), mediaTypes.ociLayerGzip)],
  };
  const descriptor = source.add(JSON.stringify(manifest), mediaTypes.ociManifest);
  const store = await openStore(ctx);
  await copyTarget({ source, descriptor }, storeSink(store.blobs));
  await store.refs.set(name, descriptor);
}

function entryOf([path, file]: [string, File]): Entry {
  const base = { path, mode: 0o755, uid: 0, gid: 0, mtime: 1_600_000_000, size: 0 };
  if (file === null) return { ...base, type: 'directory' };
  if (typeof file === 'object' && 'directory' in file)
    return { ...base, type: 'directory', mode: file.directory };
  if (typeof file === 'string' && file.startsWith('-> '))
    return { ...base, type: 'symlink', mode: 0o777, linkName: file.slice(3) };
  const { text, mode = 0o644, uid = 0, gid = 0 } = typeof file === 'string' ? { text: file } : file;
  const bytes = Buffer.from(text);
  const content = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes;
  };
  return { ...base, type: 'file', mode, uid, gid, size: bytes.length, content };
}
