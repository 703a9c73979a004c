import { promises as fs } from 'node:fs';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { writeTar } from '../layer/tar-write.ts';
import type { Entry } from '../layer/entry.ts';
import { fileError } from '../core/files.ts';
import type { Bytes } from '../oci/image.ts';
import { mediaTypes } from '../oci/types.ts';
import type { Index } from '../oci/types.ts';
import { collectBlobs } from './collect.ts';
import type { ArchiveItem } from './collect.ts';
import { blobPath, indexFile, layoutFile, layoutMarker } from './format.ts';
import { namedEntries } from './names.ts';
import { writeWhole } from './partial.ts';

/** Where an archive goes: a file (made whole or not at all), or a stream such as standard output. */
export type Out = string | Writable;

/**
 * An OCI layout as a tar: what describes comes first, then the blobs, each verified on its way. The bytes depend on the items
 * alone.
 */
export async function* ociTar(items: readonly ArchiveItem[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* layoutTar(items, []);
}

/** @throws ToolError what the items' sources throw; FILE_UNWRITABLE, DISK_FULL */
export async function writeOciTar(items: readonly ArchiveItem[], out: Out): Promise<void> {
  await writeOut(ociTar(items), out);
}

/** A layout with more files beside its index. */
export async function* layoutTar(
  items: readonly ArchiveItem[],
  extra: readonly Entry[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const blobs = await collectBlobs(items);
  const index: Index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: items.flatMap((item) => namedEntries(item.descriptor, item.names)),
  };
  yield* writeTar([
    textEntry(layoutFile, layoutMarker),
    textEntry(indexFile, JSON.stringify(index)),
    ...extra,
    directoryEntry('blobs'),
    directoryEntry('blobs/sha256'),
    ...blobs.map(({ descriptor, source }) =>
      fileEntry(blobPath(descriptor.digest), descriptor.size, () => source.open(descriptor)),
    ),
  ]);
}

export function textEntry(name: string, text: string): Entry {
  const bytes = new TextEncoder().encode(text);
  return fileEntry(name, bytes.byteLength, async function* () {
    yield bytes;
  });
}

function fileEntry(name: string, size: number, content: () => Bytes): Entry {
  return { path: name, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, size, content };
}

function directoryEntry(name: string): Entry {
  return { path: name, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
}

/** @throws ToolError FILE_UNWRITABLE, DISK_FULL, and what `bytes` throws */
export async function writeOut(bytes: Bytes, out: Out): Promise<void> {
  if (typeof out !== 'string') return writeStream(bytes, out);
  const stat = await fs.stat(out).catch(() => undefined);
  try {
    // A pipe or a device cannot be replaced by a file.
    if (stat !== undefined && !stat.isFile()) await writeBytes(bytes, out, { flag: 'w', sync: false });
    else await writeWhole(out, async (temp) => writeBytes(bytes, temp, { flag: 'wx', sync: true }));
  } catch (error) {
    throw fileError(error, 'write', out);
  }
}

/** Streams into a file that is opened with `flag`. */
export async function writeBytes(
  bytes: Bytes,
  file: string,
  options: { flag: 'w' | 'wx'; sync: boolean },
): Promise<void> {
  const handle = await fs.open(file, options.flag, 0o644);
  try {
    for await (const chunk of bytes) await handle.writeFile(chunk);
    if (options.sync) await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeStream(bytes: Bytes, out: Writable): Promise<void> {
  let failed: Error | undefined;
  const onError = (error: Error): void => {
    failed = error;
  };
  out.on('error', onError);
  try {
    for await (const chunk of bytes) {
      if (failed) throw failed;
      if (!out.write(chunk)) await once(out, 'drain');
    }
    if (failed) throw failed;
  } finally {
    out.off('error', onError);
  }
}
