import { compareNames } from '../../layer/names.ts';
import { parseStanzas } from '../debian/control.ts';
import { contentOf, resolvePath } from '../tree.ts';
import type { BaseTree } from '../tree.ts';

/** Whose a file is, as the package database of a tree says. */
export interface Owner {
  readonly package: string;
  readonly version: string;
  /** As Alpine's database names it; Debian's has none. */
  readonly licence?: string;
}

/** Bytes of the largest database file that is read; a desktop's status has 10 MB. */
const largestDatabase = 64 * 1024 * 1024;

/**
 * Owners of the files at `paths` (as in Entry, links followed): from dpkg's database, from the parts of it that composed bases keep,
 * and from Alpine's. A file that none of them lists has no owner.
 */
export async function readOwners(tree: BaseTree, paths: readonly string[]): Promise<Map<string, Owner>> {
  const names = new Map<string, string>();
  for (const path of paths) for (const name of namesOf(path)) names.set(name, path);
  const owners = new Map<string, Owner>();
  const claim = (listed: string, owner: Owner): void => {
    const path = names.get(listed.replace(/^\.?\/+/, ''));
    if (path !== undefined && !owners.has(path)) owners.set(path, owner);
  };
  await fromDpkg(tree, claim);
  await fromStatusFolder(tree, claim);
  await fromApk(tree, claim);
  return owners;
}

type Claim = (listed: string, owner: Owner) => void;

/** Packages that were made before /usr was merged list `lib/…` for what lies in `usr/lib/…`; others the other way round. */
function namesOf(path: string): string[] {
  return path.startsWith('usr/') ? [path, path.slice(4)] : [path, `usr/${path}`];
}

/** /var/lib/dpkg/status, and info/NAME.list or NAME:ARCHITECTURE.list. */
async function fromDpkg(tree: BaseTree, claim: Claim): Promise<void> {
  const status = await textAt(tree, 'var/lib/dpkg/status');
  for (const stanza of parseStanzas(status ?? '')) {
    const [name, version] = [stanza.get('package'), stanza.get('version')];
    if (name === undefined || version === undefined) continue;
    const info = 'var/lib/dpkg/info';
    const list =
      (await textAt(tree, `${info}/${name}.list`)) ??
      (await textAt(tree, `${info}/${name}:${stanza.get('architecture')}.list`));
    for (const line of (list ?? '').split('\n')) claim(line, { package: name, version });
  }
}

/** /var/lib/dpkg/status.d: a stanza for each package, and beside it what md5sums said. */
async function fromStatusFolder(tree: BaseTree, claim: Claim): Promise<void> {
  const files = [...tree.keys()]
    .filter((path) => /^var\/lib\/dpkg\/status\.d\/[^/]+$/.test(path) && !path.endsWith('.md5sums'))
    .sort(compareNames);
  for (const file of files) {
    const [stanza] = parseStanzas((await textAt(tree, file)) ?? '');
    const [name, version] = [stanza?.get('package'), stanza?.get('version')];
    if (name === undefined || version === undefined) continue;
    const sums = (await textAt(tree, `${file}.md5sums`)) ?? '';
    for (const line of sums.split('\n'))
      claim(line.replace(/^[0-9a-f]{32}\s+\*?/, ''), { package: name, version });
  }
}

/** /lib/apk/db/installed: P: and V: name a package, F: a folder, R: a file in it. */
async function fromApk(tree: BaseTree, claim: Claim): Promise<void> {
  const text =
    (await textAt(tree, 'lib/apk/db/installed')) ?? (await textAt(tree, 'usr/lib/apk/db/installed'));
  for (const block of (text ?? '').split(/\n\n+/)) {
    const lines = block.split('\n');
    const field = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name}:`))?.slice(2);
    const [name, version, licence] = [field('P'), field('V'), field('L')];
    if (name === undefined || version === undefined) continue;
    let folder = '';
    for (const line of lines) {
      if (line.startsWith('F:')) folder = line.slice(2);
      else if (line.startsWith('R:'))
        claim(folder === '' ? line.slice(2) : `${folder}/${line.slice(2)}`, {
          package: name,
          version,
          ...(licence !== undefined && { licence }),
        });
    }
  }
}

async function textAt(tree: BaseTree, path: string): Promise<string | undefined> {
  const found = resolvePath(tree, path);
  return found && (await contentOf(found.entry, largestDatabase))?.toString('utf8');
}
