import { createReadStream, promises as fs } from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { ToolError } from '../core/errors.ts';
import { fileError, sha256File } from '../core/files.ts';
import type { Entry } from '../layer/entry.ts';
import type { FileAction } from '../solve/graph.ts';
import type { Recorder } from '../golang/inputs-recorder.ts';
import type { ExtraFile } from './types.ts';

/**
 * The `files:` of a project as one file action. A directory is taken with all below it. What the disk says of owner, umask and times
 * is left out (only the executable bit is kept), so that the layer is the same on every machine.
 * @param mtime seconds since the epoch, for every entry
 * @throws ToolError FILE_UNREADABLE, UNSUPPORTED for sockets and devices
 */
export async function filesAction(files: readonly ExtraFile[], mtime: number): Promise<FileAction> {
  const entries: Entry[] = [];
  const hash = createHash('sha256');
  for (const file of files) {
    for (const entry of await entriesOf(file, mtime)) {
      entries.push(entry.entry);
      const { content: _content, ...facts } = entry.entry;
      hash.update(JSON.stringify([facts, entry.sha256 ?? '']));
    }
  }
  return { kind: 'entries', key: hash.digest('hex'), entries: async () => entries };
}

interface FoundEntry {
  readonly entry: Entry;
  readonly sha256?: string;
}

async function entriesOf(file: ExtraFile, mtime: number): Promise<FoundEntry[]> {
  const to = path.posix.normalize(file.to).replace(/^\/+/, '').replace(/\/+$/, '');
  const found: FoundEntry[] = [];
  const visit = async (from: string, at: string): Promise<void> => {
    const stat = await fs.lstat(from).catch((error: unknown) => {
      throw fileError(error, 'read', from);
    });
    const common = { path: at, uid: file.uid ?? 0, gid: file.gid ?? 0, mtime, size: 0 };
    if (stat.isSymbolicLink()) {
      found.push({ entry: { ...common, type: 'symlink', mode: 0o777, linkName: await fs.readlink(from) } });
    } else if (stat.isDirectory()) {
      if (at !== '') found.push({ entry: { ...common, type: 'directory', mode: 0o755 } });
      for (const name of (await fs.readdir(from)).sort())
        await visit(path.join(from, name), at === '' ? name : `${at}/${name}`);
    } else if (stat.isFile()) {
      const mode = file.mode ?? (stat.mode & 0o100 ? 0o755 : 0o644);
      const sha256 = await sha256File(from);
      found.push({
        entry: { ...common, type: 'file', mode, size: stat.size, content: () => unchanged(from, sha256) },
        sha256,
      });
    } else {
      throw new ToolError('UNSUPPORTED', `${from} is neither a file, a directory nor a symbolic link`, {
        hint: 'Leave it out of files: in coracle.yaml.',
      });
    }
  };
  // What is named itself may be a link to what is meant; links further down stay links.
  await visit(
    await fs.realpath(file.from).catch((error: unknown) => {
      throw fileError(error, 'read', file.from);
    }),
    to,
  );
  return found;
}

/** A file's bytes, as long as they are those whose hash names the layer: a layer under a wrong key would come back in later builds. */
async function* unchanged(file: string, sha256: string): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') === sha256) return;
  throw new ToolError('FILE_UNREADABLE', `${file} changed while it was put into the image`, {
    hint: 'Build again when nothing writes to it.',
  });
}

/** Records a file, a directory with all below it, or that there is neither; of a link, also what it leads to. */
export async function recordTree(record: Recorder, file: string): Promise<void> {
  const real = await fs.realpath(file).catch(() => file);
  if (real !== path.resolve(file)) record.file(file);
  await recordReal(record, real);
}

async function recordReal(record: Recorder, file: string): Promise<void> {
  const stat = await fs.lstat(file).catch(() => undefined);
  if (!stat?.isDirectory()) return record.file(file);
  for (const name of record.directory(file, 'all')) await recordReal(record, path.join(file, name));
}
