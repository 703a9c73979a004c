import path from 'node:path';
import type { Entry } from '../../layer/entry.ts';
import { editTree } from '../../layer/tree.ts';
import type { TreeEditor } from '../../layer/tree.ts';

/**
 * Where only one id is mapped no file can be given to others, and the sandbox feigns that it can. What maintainer scripts give away is
 * written down by programs that stand before chown, chgrp and install, and done afterwards, in the tree.
 */

/** Relative to the root. One call is its lines (program, working directory, arguments) and an empty one. */
const recordPath = 'run/coracle-owners';

const note = `{ printf '%s\\n' "\${0##*/}" "$PWD" "$@"; echo; } >>/${recordPath}\n`;

/** The programs that write it down, by name. */
export const ownerPrograms: Readonly<Record<string, string>> = {
  chown: `#!/bin/sh\n${note}`,
  chgrp: `#!/bin/sh\n${note}`,
  install: `#!/bin/sh\n${note}exec /usr/bin/install "$@"\n`,
};

interface Gift {
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  readonly recursive: boolean;
  /** A link itself, not what it leads to. */
  readonly link: boolean;
  /** Absolute. */
  readonly paths: readonly string[];
}

/** Gives files to whom the record in the tree says, in its order; names are those of the tree's own users and groups. */
export async function giveOwners(tree: Map<string, Entry>): Promise<void> {
  const record = await textAt(tree, recordPath);
  if (record === '') return;
  const [users, groups] = await Promise.all([ids(tree, 'etc/passwd'), ids(tree, 'etc/group')]);
  const editor = editTree(tree);
  for (const call of record.split('\n\n')) {
    const [program = '', cwd = '/', ...words] = call.split('\n');
    const gift = program === 'install' ? installed(cwd, words, tree) : changed(program, cwd, words);
    if (!gift) continue;
    const uid = idOf(gift.owner, users);
    const gid = idOf(gift.group, groups);
    for (const name of gift.paths) give(tree, editor, name, gift, { uid, gid });
  }
}

function give(
  tree: Map<string, Entry>,
  editor: TreeEditor,
  name: string,
  { recursive, link }: Gift,
  { uid, gid }: { readonly uid: number | undefined; readonly gid: number | undefined },
): void {
  let at = editor.locate(name.slice(1));
  const entry = tree.get(at);
  if (entry?.type === 'symlink' && !link && entry.linkName !== undefined)
    at = editor.locate(path.posix.resolve('/', path.posix.dirname(at), entry.linkName).slice(1));
  const left = [at];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const one = tree.get(next);
    if (!one) continue;
    tree.set(next, { ...one, uid: uid ?? one.uid, gid: gid ?? one.gid });
    if (recursive) left.push(...editor.children(next));
  }
}

/** chown and chgrp. */
function changed(program: string, cwd: string, words: readonly string[]): Gift | undefined {
  const options = words.filter((word) => word.startsWith('-'));
  const [who, ...files] = words.filter((word) => !word.startsWith('-'));
  if (who === undefined || options.some((word) => /^--(?:reference|from)/.test(word))) return undefined;
  const short = options.filter((word) => !word.startsWith('--')).join('');
  const [owner, group] = program === 'chgrp' ? [undefined, who] : who.split(/[:.]/, 2);
  return {
    owner: owner === '' ? undefined : owner,
    group: group === '' ? undefined : group,
    recursive: short.includes('R') || options.includes('--recursive'),
    link: short.includes('h') || options.includes('--no-dereference'),
    paths: files.map((file) => path.posix.resolve('/', cwd, file)),
  };
}

/** install: what it makes belongs to `-o` and `-g`. */
function installed(
  cwd: string,
  words: readonly string[],
  tree: ReadonlyMap<string, Entry>,
): Gift | undefined {
  let [owner, group, target]: (string | undefined)[] = [];
  let directories = false;
  const files: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [, letter = '', joined = ''] = /^-[a-zA-Z]*?([ogmtS])(.*)$/.exec(word) ?? [];
    const [, long = '', given] = /^--(owner|group|mode|target-directory)(?:=(.*))?$/.exec(word) ?? [];
    const option = long === 'target-directory' ? 't' : long === '' ? letter : long.slice(0, 1);
    if (/^-[a-zA-Z]*d/.test(word) || word === '--directory') directories = true;
    if (option === '') {
      if (!word.startsWith('-')) files.push(word);
      continue;
    }
    const value = given ?? (joined === '' ? words[++at] : joined);
    if (option === 'o') owner = value;
    else if (option === 'g') group = value;
    else if (option === 't') target = value;
  }
  if (owner === undefined && group === undefined) return undefined;
  const absolute = (file: string): string => path.posix.resolve('/', cwd, file);
  const last = target ?? files.at(-1) ?? '';
  const sources = target === undefined ? files.slice(0, -1) : files;
  const into = tree.get(absolute(last).slice(1))?.type === 'directory';
  const made = into ? sources.map((file) => path.posix.join(last, path.posix.basename(file))) : [last];
  const paths = (directories ? files : made).map(absolute);
  return { owner, group, recursive: false, link: true, paths };
}

function idOf(name: string | undefined, names: ReadonlyMap<string, number>): number | undefined {
  if (name === undefined) return undefined;
  return names.get(name) ?? (/^\d+$/.test(name) ? Number(name) : undefined);
}

/** Numbers by name, of passwd(5) or group(5). */
async function ids(tree: ReadonlyMap<string, Entry>, file: string): Promise<ReadonlyMap<string, number>> {
  const lines = (await textAt(tree, file)).split('\n').map((line) => line.split(':'));
  return new Map(lines.map(([name = '', , id]) => [name, Number(id)]));
}

async function textAt(tree: ReadonlyMap<string, Entry>, file: string): Promise<string> {
  const content = tree.get(file)?.content;
  const parts: Uint8Array[] = [];
  if (content) for await (const part of content()) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}
