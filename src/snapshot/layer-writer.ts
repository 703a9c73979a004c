import { mkdirSync } from 'node:fs';
import { ToolError } from '../core/errors.ts';
import type { Entry } from '../layer/entry.ts';
import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';
import { compareNames, encodeName } from '../layer/names.ts';
import { parentOf } from '../layer/safe-path.ts';
import { editTree } from '../layer/tree.ts';
import { whiteoutOf } from '../layer/whiteout.ts';
import type { DirectoryForm } from './form.ts';
import {
  makeDirectory,
  makeLink,
  makeSpecial,
  makeSymlink,
  makeWhiteout,
  openFile,
  settleDirectory,
} from './place-file.ts';
import { removeNow } from './remove-now.ts';
import { isStandIn } from './stand-in.ts';
import { pour } from './unpackable.ts';
import type { Mismatch, Unpackable } from './unpackable.ts';
import { unwritable } from './unwritable.ts';

/** What is to be known of a layer's directory beside its index. */
export interface DirectoryFacts {
  /** Bytes of the files. */
  readonly bytes: number;
  /** Some entry's owner, type or attributes could not be written as they are. */
  readonly standIns: boolean;
  /** Directories above entries that the layer itself does not describe. */
  readonly implied: readonly string[];
  /** Some entry stands elsewhere than its path says: it was named through a link. */
  readonly relocated: boolean;
  /** Overlayfs's marks could not be made (on a file system that is an overlay itself): no overlay may have this directory. */
  readonly unmarked?: boolean;
}

export interface Unpacked extends DirectoryFacts {
  readonly index: LayerIndex;
}

/** Writes a layer's entries, in their order, into a directory that it makes. */
export interface LayerWriter {
  put(entry: Unpackable): Promise<void>;
  finish(): Unpacked;
}

export function layerWriter(root: string, form: DirectoryForm, mismatch: Mismatch): LayerWriter {
  const base = Buffer.from(`${root}/`);
  const at = (path: string): Buffer => Buffer.concat([base, encodeName(path)]);
  const tree = new Map<string, Entry>();
  const editor = editTree(tree);
  const index: IndexEntry[] = [];
  const opaque = new Set<string>();
  const whiteouts = new Set<string>();
  const implied = new Set<string>();
  let whiteout: Buffer | undefined;
  let bytes = 0;
  let standIns = false;
  let relocated = false;
  let unmarked = false;

  mkdirSync(root, { mode: 0o700 });
  tree.set('', rootEntry);

  /** Makes room at a path: its parents are there, it is not. */
  const clear = (path: string, keepDirectory: boolean): void => {
    parents(path);
    const there = tree.get(path);
    if (whiteouts.delete(path)) {
      if (!unmarked) removeNow(at(path));
      if (keepDirectory) opaque.add(path);
    } else if (there && !(keepDirectory && there.type === 'directory')) {
      removeNow(at(path));
      for (const known of opaque) if (isWithin(known, path)) opaque.delete(known);
      for (const known of whiteouts) if (isWithin(known, path)) whiteouts.delete(known);
    } else return;
    whiteout = undefined; // may be what was removed
  };
  const parents = (path: string): void => {
    const parent = parentOf(path);
    if (tree.get(parent)?.type === 'directory') return;
    directory({ path: parent, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 });
    implied.add(parent);
  };
  const directory = (entry: IndexEntry): void => {
    const { path } = entry;
    if (path !== '') {
      clear(path, true);
      if (tree.get(path)?.type !== 'directory') makeDirectory(at(path));
      editor.put(path, entry);
    }
    tree.set(path, entry);
    implied.delete(path);
  };
  const hide = (path: string): void => {
    const there = tree.get(path);
    if (there?.type === 'directory') opaque.add(path);
    // What the layer itself has at a path hides the layers below as well.
    if (there || whiteouts.has(path)) return;
    parents(path);
    whiteouts.add(path);
    unmarked ||= !makeWhiteout(at(path), whiteout);
    if (!unmarked) whiteout ??= at(path);
  };
  const link = (entry: IndexEntry, path: string): void => {
    const target = editor.locate(entry.linkName ?? '');
    const original = target === path ? undefined : tree.get(target);
    if (!original || original.type === 'directory') throw badLink(entry, original !== undefined);
    clear(path, false);
    makeLink(at(path), at(target));
    editor.put(path, { ...original, path });
  };
  const file = async (entry: Unpackable, path: string): Promise<string> => {
    clear(path, false);
    const open = openFile(at(path), entry, form);
    try {
      const { size, digest } = await pour(entry, (chunk) => open.write(chunk), mismatch);
      if (size !== entry.size || (entry.digest !== undefined && entry.digest !== digest))
        throw mismatch(entry);
      open.finish();
      bytes += size;
      editor.put(path, entry);
      return digest;
    } finally {
      open.abort();
    }
  };

  return {
    put: async ({ content, ...entry }) => {
      const meaning = whiteoutOf(entry.path);
      const path = editor.locate(meaning.kind === 'hides' ? meaning.path : entry.path);
      if (meaning.kind !== 'none') {
        if (meaning.kind === 'hides') hide(path);
        else if (meaning.kind === 'opaque') {
          parents(path);
          opaque.add(parentOf(path));
        }
        if (meaning.kind !== 'ignored') index.push(entry);
        return;
      }
      relocated ||= path !== entry.path;
      standIns ||= isStandIn(entry, form);
      let digest: string | undefined;
      if (entry.type === 'file') digest = await file({ ...entry, ...(content && { content }) }, path);
      else if (entry.type === 'directory') directory(path === entry.path ? entry : { ...entry, path });
      else if (entry.type === 'hardlink') link(entry, path);
      else {
        clear(path, false);
        if (entry.type === 'symlink') makeSymlink(at(path), entry, form);
        else if (!makeSpecial(at(path), entry, form)) standIns = true;
        editor.put(path, entry);
      }
      index.push(digest === undefined ? entry : { ...entry, digest });
    },
    finish: () => {
      const directories = [...tree.values()].filter(({ type }) => type === 'directory');
      // The deepest first: a directory's time changes with what is made in it, and its mode may forbid to enter it.
      for (const entry of directories.sort((a, b) => compareNames(b.path, a.path))) {
        try {
          const place = entry.path === '' ? Buffer.from(root) : at(entry.path);
          settleDirectory(place, entry, form, opaque.has(entry.path));
        } catch (error) {
          throw unwritable(error, entry, root);
        }
      }
      const left = [...implied].filter((path) => tree.get(path)?.type === 'directory');
      return { index, bytes, standIns, implied: left, relocated, ...(unmarked && { unmarked }) };
    },
  };
}

const rootEntry: Entry = { path: '', type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

function badLink(link: IndexEntry, directory: boolean): ToolError {
  const why = directory ? 'which is a directory' : 'which is not in the layer';
  return new ToolError(
    'IMAGE_INVALID',
    `${JSON.stringify(link.path)} is a hard link to ${JSON.stringify(link.linkName)}, ${why}`,
    { hint: 'The layer is broken; build the image again or take it from its publisher.' },
  );
}
