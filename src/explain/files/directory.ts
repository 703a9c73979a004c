import { promises as fs, readSync, openSync, closeSync } from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';
import { mapLimit } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError, messageOf } from '../../core/errors.ts';
import type { Entry, EntryType } from '../../layer/entry.ts';
import { decodeName, sortNames } from '../../layer/names.ts';
import { openStore } from '../../store/store.ts';
import type { BinaryExplanation, DirectoryExplanation, ExplainRequest } from '../types.ts';
import { breathing } from './breath.ts';
import { isElf } from './elf-look.ts';
import { elfOf, surroundingsOf } from './entrypoint.ts';
import { explainFiles } from './explain-files.ts';
import { hashFile } from './hash-file.ts';
import { ledgers } from './ledger-of.ts';
import { lookInto } from './look.ts';
import { mergeScans } from './merge.ts';
import type { Merged } from './merge.ts';
import { treesOf } from '../sums/ledger-trees.ts';
import { pathAt, scanBuilder } from './scan.ts';
import type { FileScan } from './scan.ts';

/** Entries of a directory that are described. */
const mostEntries = 2_000_000;
const step = 512 * 1024;

/**
 * Explains a directory as if it were the one layer of an image: its files, what of them is waste, who could do what.
 * @throws ToolError FILE_UNREADABLE when the directory itself cannot be read
 */
export async function explainDirectory(
  ctx: Ctx,
  request: ExplainRequest,
  root: string,
): Promise<DirectoryExplanation> {
  const { scan, problems } = await scanDirectory(ctx, root);
  const breathe = breathing(ctx.signal);
  const merged = await mergeScans([scan], breathe);
  const name = request.what;
  const files = await explainFiles(merged, {
    ...{ name, breathe },
    around: surroundingsOf(merged, -1),
    hashOf: (_, entry) => hashFile(path.join(root, pathAt(scan, entry))),
    stepOf: () => '',
  });
  const found = request.binaries ? await binariesOf(ctx, merged, root) : { binaries: [], problems: [] };
  return {
    kind: 'directory',
    source: name,
    size: files.tree.bytes[0] ?? 0,
    ...files.explanation,
    binaries: found.binaries,
    trees: treesOf({ files: () => files.tree }, name, found.binaries),
    problems: [...problems, ...merged.problems, ...found.problems],
  };
}

async function binariesOf(
  ctx: Ctx,
  merged: Merged,
  root: string,
): Promise<{ binaries: BinaryExplanation[]; problems: string[] }> {
  const known = ledgers(await openStore(ctx), ctx.signal);
  const problems: string[] = [];
  const explainOne = async (node: number): Promise<BinaryExplanation | undefined> => {
    const source = merged.nodes.path(node);
    const file = path.join(root, source);
    try {
      ctx.signal.throwIfAborted();
      const { size } = await fs.stat(file);
      const { digest, ledger } = await known.of(source, hashFile(file)?.toString('hex'), {
        read: async () => fs.readFile(file),
        part: { file, offset: 0, size },
      });
      return { kind: 'binary', source, digest, ledger };
    } catch (error) {
      if (ctx.signal.aborted) throw error;
      problems.push(`${source}: ${messageOf(error)}`);
      return undefined;
    }
  };
  try {
    const found = await mapLimit(programsIn(merged), known.atOnce, explainOne);
    const binaries = found.filter((each) => each !== undefined);
    return { binaries: binaries.sort((a, b) => b.ledger.size - a.ledger.size), problems };
  } finally {
    await known.close();
  }
}

/** Nodes of Go programs, each program once. */
function programsIn(merged: Merged): number[] {
  const { nodes } = merged;
  return Array.from({ length: nodes.size }, (_, node) => node).filter(
    (node) => nodes.alive(node) && elfOf(merged, node)?.go === true && !merged.hardLinks.has(node),
  );
}

interface Found {
  readonly scan: FileScan;
  readonly problems: readonly string[];
}

async function scanDirectory(ctx: Ctx, root: string): Promise<Found> {
  const builder = scanBuilder();
  const sink = lookInto(builder, false);
  const problems: string[] = [];
  const inodes = new Map<string, string>();
  const left = [''];
  let entries = 0;
  for (let directory = left.pop(); directory !== undefined; directory = left.pop()) {
    ctx.signal.throwIfAborted();
    const names = await namesIn(path.join(root, directory), directory === '', problems);
    for (const name of names) {
      if (entries++ >= mostEntries)
        throw new ToolError('UNSUPPORTED', `${root} has more than ${mostEntries} entries`, {
          hint: 'Name a directory below it.',
        });
      const place = directory === '' ? name : `${directory}/${name}`;
      const file = path.join(root, place);
      const stat = await fs.lstat(file).catch(() => undefined);
      if (!stat) continue; // gone meanwhile
      const entry = await entryOf(file, place, stat, inodes);
      sink.entry(entry, -1);
      if (entry.type === 'directory') left.push(place);
      else if (entry.type === 'file' && entry.size > 0 && !passContent(file, entry.size, sink.content)) {
        if (problems.length < mostProblems) problems.push(`${place} cannot be read`);
      }
    }
  }
  return { scan: builder.done(), problems };
}

const mostProblems = 20;

async function namesIn(directory: string, isRoot: boolean, problems: string[]): Promise<readonly string[]> {
  try {
    const names = await fs.readdir(directory, { encoding: 'buffer' });
    // Names that are no UTF-8 cannot be opened by their text.
    const known = names.map(decodeName).filter((name) => name.isWellFormed());
    const left = names.length - known.length;
    if (left > 0 && problems.length < mostProblems)
      problems.push(`${directory} has names that are no UTF-8, which are left out: ${left}`);
    return sortNames(known);
  } catch (error) {
    if (isRoot)
      throw new ToolError('FILE_UNREADABLE', `cannot read ${directory}: ${messageOf(error)}`, {
        cause: error,
      });
    if (problems.length < mostProblems) problems.push(`${directory} cannot be read`);
    return [];
  }
}

async function entryOf(
  file: string,
  place: string,
  stat: Stats,
  inodes: Map<string, string>,
): Promise<Entry> {
  const base = {
    path: place,
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    mtime: stat.mtimeMs / 1000,
    size: 0,
  };
  const type = typeOf(stat);
  if (type === 'symlink') return { ...base, type, linkName: await fs.readlink(file).catch(() => '') };
  if (type !== 'file') return { ...base, type };
  if (stat.nlink > 1) {
    const inode = `${stat.dev}:${stat.ino}`;
    const first = inodes.get(inode);
    if (first !== undefined) return { ...base, type: 'hardlink', linkName: first };
    inodes.set(inode, place);
  }
  return { ...base, type, size: stat.size };
}

function typeOf(stat: Stats): EntryType {
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isCharacterDevice()) return 'char';
  if (stat.isBlockDevice()) return 'block';
  return stat.isFile() ? 'file' : 'fifo';
}

const buffer = Buffer.allocUnsafeSlow(step);

/** Bytes that are enough to tell what kind of file it is, and longer than any text of which the words are wanted. */
const headSize = 64 * 1024;

/**
 * ELF files pass by whole, as what tells of them lies anywhere; of others the first bytes do, and the rest is read when its hash is asked
 * for.
 */
function passContent(file: string, size: number, content: (part: Buffer, last: boolean) => void): boolean {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r');
    let wanted = size;
    for (let at = 0; at < wanted;) {
      const read = readSync(handle, buffer, 0, Math.min(at === 0 ? headSize : step, size - at), at);
      if (read === 0) return false;
      if (at === 0 && !isElf(buffer.subarray(0, read))) wanted = read;
      at += read;
      content(buffer.subarray(0, read), at === wanted);
    }
    return true;
  } catch {
    return false;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
