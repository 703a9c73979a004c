/**
 * Binary packages (deb(5)): an ar archive of a version, an archive of what the package says of itself, and an archive of its files. A
 * package's files are kept in the home in unpacked form, beside an index of them, so that a base is composed without unpacking again and
 * a content is read when it is wanted, never held in memory.
 */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { isToolError } from '../../core/errors.ts';
import { fileError, makeDirectory, tempName } from '../../core/files.ts';
import { decompress } from '../../layer/decompress.ts';
import type { Entry } from '../../layer/entry.ts';
import { readTar } from '../../layer/tar-read.ts';
import type { Bytes } from '../../oci/image.ts';
import { invalid, readAr } from './ar.ts';

/** A file's entry without its content, which begins at `at` of the file of contents. */
export interface PlacedEntry {
  readonly entry: Entry;
  readonly at: number;
}

export interface UnpackedDeb {
  /** The files of control.tar by their names: `control`, `postinst`, `md5sums` … */
  readonly control: ReadonlyMap<string, Buffer>;
  readonly entries: readonly PlacedEntry[];
  /** Of all contents, one after the other. */
  readonly size: number;
  readonly sha256: string;
}

/** Bytes; real ones have up to 5 MB (md5sums of very large packages). */
const largestControl = 32 * 1024 * 1024;
/** Of one package; the largest in Debian have some 100,000. */
const mostEntries = 1_000_000;

/**
 * Reads a package and writes the contents of its files to `contents`, one after the other. The file appears when it is whole.
 * @param what the package's name and version, for errors
 * @throws ToolError PACKAGE_INVALID, ARCHIVE_UNSAFE, ARCHIVE_TOO_LARGE, UNSUPPORTED, DISK_FULL, FILE_UNWRITABLE
 */
export async function unpackDeb(bytes: Bytes, what: string, contents: string): Promise<UnpackedDeb> {
  let control: ReadonlyMap<string, Buffer> | undefined;
  let first = true;
  for await (const member of readAr(bytes, what)) {
    if (first) {
      await checkVersion(member.name, member.content, what);
      first = false;
    } else if (!control && isArchive(member.name, 'control')) {
      control = await readControl(member.content, what);
    } else if (control && isArchive(member.name, 'data')) {
      const files = await writeContents(member.content, what, contents);
      return { control, ...files };
    } else if (!member.name.startsWith('_')) {
      // deb(5): what begins with an underscore may be passed over, anything else may not.
      throw invalid(what, `its archive has ${member.name} where it must not`);
    }
  }
  throw invalid(what, 'it has no files, or says nothing of itself');
}

function isArchive(name: string, part: 'control' | 'data'): boolean {
  return name === `${part}.tar` || name.startsWith(`${part}.tar.`);
}

async function checkVersion(name: string, content: Bytes, what: string): Promise<void> {
  let text = '';
  for await (const chunk of content) {
    text += Buffer.from(chunk).toString('latin1');
    if (text.length > 1024) break;
  }
  if (name !== 'debian-binary' || !/^2\.\d+\n/.test(text)) {
    throw invalid(what, 'it is not of the format 2, which Debian has');
  }
}

async function readControl(bytes: Bytes, what: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const entry of entriesOf(bytes, what, largestControl)) {
    if (entry.type !== 'file' || !entry.content) continue;
    const parts: Uint8Array[] = [];
    for await (const part of entry.content()) parts.push(Buffer.from(part));
    files.set(entry.path, Buffer.concat(parts));
  }
  if (!files.has('control')) throw invalid(what, 'it has no file "control"');
  return files;
}

async function writeContents(
  bytes: Bytes,
  what: string,
  contents: string,
): Promise<Omit<UnpackedDeb, 'control'>> {
  const temp = tempName(contents);
  try {
    await makeDirectory(path.dirname(contents));
    const handle = await fs.open(temp, 'wx', 0o644);
    let placed: Omit<UnpackedDeb, 'control'>;
    try {
      const hash = createHash('sha256');
      const entries: PlacedEntry[] = [];
      let at = 0;
      for await (const entry of entriesOf(bytes, what)) {
        if (entries.length === mostEntries) throw invalid(what, `it has more than ${mostEntries} files`);
        // dpkg sets no extended attributes either: its format has none.
        const { content, xattrs: _, ...rest } = entry;
        entries.push({ entry: rest, at });
        if (!content) continue;
        for await (const chunk of content()) {
          hash.update(chunk);
          await handle.writeFile(chunk);
          at += chunk.length;
        }
      }
      await handle.sync();
      placed = { entries, size: at, sha256: hash.digest('hex') };
    } finally {
      await handle.close();
    }
    await fs.rename(temp, contents);
    return placed;
  } catch (error) {
    await fs.rm(temp, { force: true });
    throw fileError(error, 'write', contents);
  }
}

/** The entries of a packed tar archive; what is wrong with it is said as the package's fault. */
async function* entriesOf(bytes: Bytes, what: string, limit?: number): AsyncGenerator<Entry> {
  try {
    yield* readTar(decompress(bytes, { anyArchive: true, ...(limit !== undefined && { limit }) }));
  } catch (error) {
    if (isToolError(error, 'IMAGE_INVALID')) throw invalid(what, error.message, error);
    throw error;
  }
}
