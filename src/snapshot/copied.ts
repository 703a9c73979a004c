import { constants, copyFileSync, lstatSync, promises as fs } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeDeep } from '../core/remove.ts';
import type { IndexEntry } from '../layer/layer-index.ts';
import { compareNames, encodeName } from '../layer/names.ts';
import type { Bytes } from '../oci/image.ts';
import type { LayerFolders } from '../store/layers.ts';
import type { LayerDirectory } from './folder.ts';
import type { DirectoryForm } from './form.ts';
import type { Merged, Origin } from './merged.ts';
import {
  makeDirectory,
  makeLink,
  makeSpecial,
  makeSymlink,
  openFile,
  settleDirectory,
  settleFile,
} from './place-file.ts';
import type { CopiedRoot } from './types.ts';
import { breath } from './breath.ts';

/** How each file of a copied root looked before a process ran in it. */
export type RootState = ReadonlyMap<string, FileState>;

export interface FileState {
  /** Another one for another file at the same path, also where the file system uses a number again at once. */
  readonly identity: string;
  /** Another one after any change; of a directory, after any but of its attributes. */
  readonly version: string;
}

export function stateOf(stat: BigIntStats): FileState {
  const { ino, birthtimeNs, ctimeNs, mtimeNs, size, mode, uid, gid } = stat;
  const identity = `${ino} ${birthtimeNs}`;
  // Where a sandbox had to put something into a directory, it takes it out again and gives the directory its time back: ctime alone tells.
  const version = stat.isDirectory() ? `${mode} ${uid} ${gid} ${mtimeNs}` : `${ctimeNs} ${size}`;
  return { identity, version: `${identity} ${version}` };
}

/** Times of changes come from the kernel's tick: after two of them, in milliseconds, a change shows. */
const tick = 20;

/** Entries after which others get a turn. */
const turn = 200;

/**
 * Lays all layers out in one directory, each file a copy of its own (sharing blocks where the file system can).
 * @param directories of the layers, the lowest first
 * @param open gives a file's content where its layer's directory does not have it at its path
 */
export async function copiedRoot(
  layers: LayerFolders,
  merged: ReadonlyMap<string, Merged>,
  directories: readonly LayerDirectory[],
  form: DirectoryForm,
  open: (origin: Origin) => Bytes,
  signal: AbortSignal,
): Promise<{ readonly root: CopiedRoot; readonly state: RootState }> {
  const temp = await layers.temp();
  const directory = path.join(temp, 'root');
  const base = Buffer.from(`${directory}/`);
  const at = (name: string): Buffer => Buffer.concat([base, encodeName(name)]);
  const first = new Map<Origin, string>();
  const paths = [...merged.keys()].filter((name) => name !== '').sort(compareNames);
  const discard = async (): Promise<void> => removeDeep(temp);

  const file = async (entry: Merged, origin: Origin): Promise<void> => {
    const place = at(entry.path);
    const from = directories[origin.layer];
    if (!from || from.facts.relocated) {
      const to = openFile(place, entry, form);
      try {
        for await (const chunk of open(origin)) to.write(chunk);
        to.finish();
      } finally {
        to.abort();
      }
      return;
    }
    const source = Buffer.concat([Buffer.from(`${from.path}/`), encodeName(origin.entry.path)]);
    copyFileSync(source, place, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    settleFile(place, entry, form);
  };
  const put = async (entry: Merged): Promise<void> => {
    const place = at(entry.path);
    const original = entry.origin && first.get(entry.origin);
    if (entry.origin) first.set(entry.origin, original ?? entry.path);
    if (entry.type === 'directory') makeDirectory(place);
    else if (original !== undefined) makeLink(place, at(original));
    else if (entry.type === 'file' && entry.origin) await file(entry, entry.origin);
    else if (entry.type === 'symlink') makeSymlink(place, entry, form);
    else makeSpecial(place, entry, form);
  };

  try {
    await fs.mkdir(directory);
    for (const [count, name] of paths.entries()) {
      if (count % turn === 0) await breath();
      signal.throwIfAborted();
      const entry = merged.get(name);
      if (entry) await put(entry);
    }
    for (const name of paths.toReversed()) {
      const entry = merged.get(name);
      if (entry?.type === 'directory') settleDirectory(at(name), entry, form, false);
    }
    settleDirectory(Buffer.from(directory), merged.get('') ?? rootEntry, form, false);
    const state = new Map(paths.map((name) => [name, stateOf(lstatSync(at(name), { bigint: true }))]));
    await sleep(tick, undefined, { signal });
    return { root: { kind: 'copy', directory, discard }, state };
  } catch (error) {
    await discard();
    throw error;
  }
}

const rootEntry: IndexEntry = { path: '', type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
