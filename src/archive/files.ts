/**
 * archive/ is images as files: OCI layouts (a directory or a tar) and Docker's archives, read in place and written. It must not
 * know where images come from or go to, nor what they are for.
 */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { ToolError, systemCode } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import type { Bytes, FilePlace } from '../oci/image.ts';
import { smallBlobLimit } from '../oci/verify.ts';
import { readRange } from './range.ts';

/** One file of a layout or archive. */
export interface Member {
  /** Bytes. */
  readonly size: number;
  open(): Bytes;
  /** Where it lies as it is; undefined for one that is only in memory. */
  readonly place?: FilePlace;
}

/** The files of a layout or archive by their relative paths. */
export interface FileSet {
  /** The directory or tar, for messages. */
  readonly where: string;
  find(name: string): Promise<Member | undefined>;
}

/**
 * The files of a directory or of a tar archive, whichever `location` is.
 * @throws ToolError NOT_FOUND, FILE_UNREADABLE, IMAGE_INVALID, ARCHIVE_UNSAFE
 */
export async function openFiles(location: string): Promise<FileSet> {
  const stat = await fs.stat(location).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') throw notThere(location);
    throw fileError(error, 'read', location);
  });
  if (stat.isDirectory()) return directoryFiles(location);
  if (!stat.isFile()) {
    throw new ToolError('FILE_UNREADABLE', `${location} is neither a directory nor a file`, {
      hint: 'An archive is read at many places, so it cannot come through a pipe: save it to a file first.',
    });
  }
  const { tarFiles } = await import('./tar-files.ts');
  return tarFiles(location);
}

/** A small file, read whole; undefined when there is none. @throws ToolError IMAGE_INVALID when it is larger than 4 MiB */
export async function readSmall(files: FileSet, name: string): Promise<Uint8Array | undefined> {
  const member = await files.find(name);
  if (!member) return undefined;
  if (member.size > smallBlobLimit) {
    throw new ToolError(
      'IMAGE_INVALID',
      `${files.where}: ${name} has ${member.size} bytes, more than ${smallBlobLimit}`,
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of member.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function directoryFiles(directory: string): FileSet {
  return {
    where: directory,
    find: async (name) => {
      const file = path.join(directory, name);
      const stat = await fs.stat(file).catch((error: unknown) => {
        if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
        throw fileError(error, 'read', file);
      });
      // A pipe or a device would keep us waiting for ever.
      if (!stat?.isFile()) return undefined;
      return { size: stat.size, open: () => readRange(file, 0, stat.size), place: { file, offset: 0 } };
    },
  };
}

function notThere(location: string): ToolError {
  return new ToolError('NOT_FOUND', `there is no ${location}`, {
    hint: 'Check the path; it is taken from the current directory.',
  });
}
