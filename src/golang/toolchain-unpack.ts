/** Unpacks what a toolchain comes in: the zip of its module, or the archive of the download page. */
import { createReadStream, promises as fs } from 'node:fs';
import { Readable, pipeline } from 'node:stream';
import { setImmediate as breathe } from 'node:timers/promises';
import { promisify } from 'node:util';
import { mapLimit } from '../core/concurrency.ts';
import { ToolError, systemCode } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import type { Ctx } from '../core/ctx.ts';
import { hash1 } from './dirhash.ts';
import type { HashedFile } from './dirhash.ts';
import { nameInModule, notInModule } from './toolchain-settle.ts';
import { isExecutable, treeWriter, unsafe } from './toolchain-tree.ts';
import type { TreeWriter } from './toolchain-tree.ts';
import { broken, readPacked, readZipDirectory, streamPacked, windowReader } from './zip.ts';
import type { ZipEntry } from './zip.ts';

export interface Unpacked {
  /** The hash of the toolchain's module, from what was written. */
  readonly h1: string;
  /** Bytes of all files. */
  readonly bytes: number;
}

/** Larger files (in bytes) go through in a stream, so that memory stays flat. */
const small = 256 * 1024;
/** Files below this many bytes are inflated on the spot: handing them to another thread costs more. */
const tiny = 32 * 1024;

/**
 * Unpacks a toolchain module's zip into `directory`. Files named `_go.mod`, as a module cannot hold another, become `go.mod` too.
 * @param prefix `golang.org/toolchain@VERSION`, under which all names must be
 * @throws ToolError TOOLCHAIN_FETCH, ARCHIVE_UNSAFE, ARCHIVE_TOO_LARGE, DISK_FULL …
 */
export async function unpackModule(
  ctx: Ctx,
  zip: string,
  prefix: string,
  directory: string,
): Promise<Unpacked> {
  const zlib = await import('node:zlib');
  const inflate = promisify(zlib.inflateRaw);
  const file = await fs.open(zip, 'r').catch((error: unknown) => {
    throw fileError(error, 'read', zip);
  });
  try {
    const writer = treeWriter(directory);
    const read = windowReader(file);
    const content = async (entry: ZipEntry): Promise<Buffer | AsyncIterable<Buffer>> => {
      if (entry.size > small) {
        const packed = Readable.from(streamPacked(file, read, entry));
        if (!entry.deflated) return packed;
        // An error of the source reaches the reader as one of the last stream.
        return pipeline(packed, zlib.createInflateRaw({ chunkSize: 64 * 1024 }), () => undefined);
      }
      const packed = readPacked(read, entry);
      if (!entry.deflated) return packed;
      const limit = { maxOutputLength: Math.max(entry.size, 1), chunkSize: Math.max(entry.size, 64) };
      return entry.size < tiny ? zlib.inflateRawSync(packed, limit) : inflate(packed, limit);
    };
    const entries = (await readZipDirectory(file)).sort((a, b) => a.offset - b.offset);
    const files = await mapLimit(entries, 4, async (entry, index) => {
      ctx.signal.throwIfAborted();
      if (index % 64 === 0) await breathe();
      try {
        return await addEntry(writer, prefix, entry, await content(entry));
      } catch (error) {
        if (systemCode(error)?.startsWith('Z_') || systemCode(error) === 'ERR_BUFFER_TOO_LARGE') {
          throw broken(`${entry.name} does not unpack`);
        }
        throw error;
      }
    });
    return { h1: hash1(files), bytes: writer.bytes };
  } finally {
    await file.close();
  }
}

async function addEntry(
  writer: TreeWriter,
  prefix: string,
  entry: ZipEntry,
  content: Buffer | AsyncIterable<Buffer>,
): Promise<HashedFile> {
  if (!entry.name.startsWith(`${prefix}/`)) throw unsafe(entry.name, `is not under ${prefix}/`);
  const name = entry.name.slice(prefix.length + 1);
  const sha256 = await writer.add(name, isExecutable(name), content);
  if (/(^|\/)_go\.mod$/.test(name) && content instanceof Uint8Array) {
    await writer.add(name.replace(/_go\.mod$/, 'go.mod'), false, content);
  }
  return { name: entry.name, sha256 };
}

/**
 * Unpacks an archive of the download page (`goVERSION.linux-ARCH.tar.gz`, all names under `go/`). The module is made from the
 * same files (cmd/distpack), so its hash can be reckoned: a lock written with a proxy at hand is obeyed without one.
 */
export async function unpackArchive(
  ctx: Ctx,
  archive: string,
  prefix: string,
  directory: string,
): Promise<Unpacked> {
  const { decompress } = await import('../layer/decompress.ts');
  const { readTar } = await import('../layer/tar-read.ts');
  const writer = treeWriter(directory);
  const files: HashedFile[] = [];
  for await (const entry of readTar(decompress(createReadStream(archive)))) {
    ctx.signal.throwIfAborted();
    if (entry.type === 'directory') continue;
    if (entry.type !== 'file' || !entry.content) throw unsafe(entry.path, `is a ${entry.type}`);
    if (!entry.path.startsWith('go/')) throw unsafe(entry.path, 'is not under go/');
    const name = entry.path.slice('go/'.length);
    const sha256 = await writer.add(name, (entry.mode & 0o111) !== 0, entry.content());
    if (!notInModule.test(name)) files.push({ name: `${prefix}/${nameInModule(name)}`, sha256 });
  }
  if (files.length === 0) throw new ToolError('TOOLCHAIN_FETCH', "the toolchain's archive is empty");
  return { h1: hash1(files), bytes: writer.bytes };
}
