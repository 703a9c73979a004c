/** Contexts on the disk. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  closeSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { call } from '../components/program.ts';
import { usualTime } from './case.ts';
import type { ContextEntry } from './case.ts';

/** Whom the files belong to: whoever runs the build must be able to read them. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Writes the entries below `root`, which need not exist. */
export async function writeContext(
  root: string,
  entries: readonly ContextEntry[],
  options: { owner?: Owner; seed?: string } = {},
): Promise<void> {
  const { owner } = options;
  const time = usualTime + fractionOf(options.seed ?? root);
  const directories = new Set<string>();
  const paths = new Map(entries.map((entry) => [entry.name, entry]));
  mkdirSync(root, { recursive: true });
  for (const entry of entries) {
    for (let at = entry.name.indexOf('/'); at !== -1; at = entry.name.indexOf('/', at + 1)) {
      const parent = entry.name.slice(0, at);
      if (paths.has(parent) && paths.get(parent)?.type !== 'directory') break;
      if (!directories.has(parent)) mkdirSync(bytes(root, parent), { recursive: true });
      directories.add(parent);
    }
    await writeEntry(root, entry);
    if (entry.type === 'directory') directories.add(entry.name);
  }
  const all = [
    ...entries.filter(({ type }) => type !== 'directory' && type !== 'hardlink'),
    // Deepest first: what is put into a directory changes its times.
    ...[...directories]
      .toSorted()
      .toReversed()
      .map((name) => paths.get(name) ?? implied(name)),
  ];
  for (const entry of all) finish(bytes(root, entry.name), entry, time, owner);
  finish(Buffer.from(root), implied(''), time, owner);
}

/**
 * BuildKit keeps what it was sent for the build before, and is sent again only what differs in size or time: less than a second tells the
 * files of cases apart, and no layer that it writes has fractions.
 */
function fractionOf(seed: string): number {
  return (createHash('sha256').update(seed).digest().readUInt32BE() % 1_000_000) / 1_000_000;
}

function implied(name: string): ContextEntry {
  return { name, type: 'directory', content: '' };
}

function bytes(root: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')]);
}

async function writeEntry(root: string, entry: ContextEntry): Promise<void> {
  const place = bytes(root, entry.name);
  const content = Buffer.from(entry.content, 'latin1');
  switch (entry.type) {
    case 'directory':
      mkdirSync(place, { recursive: true });
      break;
    case 'symlink':
      symlinkSync(content, place);
      break;
    case 'hardlink':
      linkSync(bytes(root, entry.content), place);
      break;
    case 'fifo':
      await call(['mkfifo', `${root}/${entry.name}`]);
      break;
    case 'file': {
      const handle = openSync(place, 'w');
      writeSync(handle, content);
      if (entry.hole !== undefined) ftruncateSync(handle, content.length + entry.hole);
      closeSync(handle);
    }
  }
  for (const [name, value] of Object.entries(entry.xattrs ?? {}))
    await call(['setfattr', '-n', name, '-v', value, `${root}/${entry.name}`]);
}

function finish(place: Buffer, entry: ContextEntry, usual: number, owner: Owner | undefined): void {
  if (entry.type !== 'symlink') {
    if (owner) chownSync(place, owner.uid, owner.gid);
    chmodSync(place, entry.mode ?? (entry.type === 'directory' ? 0o755 : 0o644));
  }
  const time = entry.mtime ?? usual;
  lutimesSync(place, time, time);
}
