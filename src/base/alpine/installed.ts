import { createHash } from 'node:crypto';
import type { Entry } from '../../layer/entry.ts';
import { contentOf } from '../tree.ts';

const largestFile = 1024 * 1024 * 1024;

/** A package with the entries that came from it. */
export interface Installed {
  /** What is said of it as a whole; see pkginfo.ts. */
  readonly lines: readonly string[];
  readonly entries: readonly Entry[];
}

/**
 * apk's database of what is installed, from which it and scanners know packages: what each says of itself, then F: for a folder
 * (M: its owner and mode when they are not the usual ones), R: for a file in it (a: likewise, Z: its SHA-1).
 */
export async function installedText(packages: readonly Installed[]): Promise<string> {
  const blocks: string[] = [];
  for (const { lines, entries } of packages) {
    blocks.push([...lines, ...(await fileLines(entries)), '', ''].join('\n'));
  }
  return blocks.join('');
}

async function fileLines(entries: readonly Entry[]): Promise<string[]> {
  const folders = new Map<string, { own?: Entry; files: Entry[] }>();
  const folder = (path: string): { own?: Entry; files: Entry[] } => {
    const known = folders.get(path) ?? { files: [] };
    folders.set(path, known);
    return known;
  };
  for (const entry of entries) {
    if (entry.type === 'directory') folder(entry.path).own = entry;
    else folder(entry.path.slice(0, Math.max(0, entry.path.lastIndexOf('/')))).files.push(entry);
  }
  const lines: string[] = [];
  for (const [path, { own, files }] of folders) {
    lines.push(`F:${path}`);
    if (own && access(own) !== '0:0:755') lines.push(`M:${access(own)}`);
    for (const file of files) {
      lines.push(`R:${file.path.slice(file.path.lastIndexOf('/') + 1)}`);
      if (file.type === 'file' && access(file) !== '0:0:644') lines.push(`a:${access(file)}`);
      lines.push(`Z:Q1${await sha1Of(file)}`);
    }
  }
  return lines;
}

function access({ uid, gid, mode }: Entry): string {
  return `${uid}:${gid}:${mode.toString(8)}`;
}

/** Of a link its text counts. */
async function sha1Of(entry: Entry): Promise<string> {
  const bytes =
    entry.type === 'file' ? await contentOf(entry, largestFile) : Buffer.from(entry.linkName ?? '');
  return createHash('sha1')
    .update(bytes ?? '')
    .digest('base64');
}
