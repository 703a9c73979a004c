import { parsePasswd } from '../../solve/exec/passwd.ts';
import type { Entry } from '../../layer/entry.ts';
import { mergeLayers } from '../../layer/merge.ts';
import type { Image } from '../../oci/image.ts';
import { isOwnersFile, packagesOf } from './owners.ts';

/** A package of an image, and how much of the image is its. */
export interface PackageShare {
  readonly name: string;
  readonly version: string;
  /** Undefined when nothing in the image says which files are its. */
  readonly files?: number;
  /** Of contents. */
  readonly bytes?: number;
}

/** What is in an image, as a container sees it. */
export interface Contents {
  /** Files, without directories and links. */
  readonly files: number;
  /** Of contents. */
  readonly bytes: number;
  readonly packages: readonly PackageShare[];
  /** What no package has, as far as lists say. */
  readonly others: { readonly files: number; readonly bytes: number };
  /** Absolute paths of files that give who runs them another user or group. */
  readonly setuid: readonly string[];
  /** Absolute paths. */
  readonly shells: readonly string[];
  readonly users: readonly { readonly name: string; readonly uid: number; readonly home: string }[];
  /** It has a database of RPM, which only rpm reads. */
  readonly rpm: boolean;
}

/** Bytes of one list: a distribution's are some megabytes. */
const largest = 64 * 1024 * 1024;
const shellNames: ReadonlySet<string> = new Set([
  'sh',
  'ash',
  'bash',
  'dash',
  'zsh',
  'ksh',
  'mksh',
  'fish',
  'busybox',
  'toybox',
  'csh',
  'tcsh',
]);
const programFolders = /^(?:usr\/)?(?:local\/)?s?bin\/([^/]+)$/;

/** Reads an image's layers once. @throws ToolError as the layers give */
export async function contentsOf(image: Image): Promise<Contents> {
  const sizes = new Map<string, number>();
  const texts = new Map<string, string>();
  const setuid: string[] = [];
  const shells: string[] = [];
  let rpm = false;
  for await (const entry of mergeLayers(await image.layers())) {
    const { path, type } = entry;
    const program = programFolders.exec(path)?.[1];
    if (program !== undefined && type !== 'directory' && shellNames.has(program)) shells.push(`/${path}`);
    if (type === 'file' && (entry.mode & 0o6000) !== 0) setuid.push(`/${path}`);
    if (type !== 'file' && type !== 'hardlink') continue;
    sizes.set(path, entry.size);
    rpm ||= /(?:sysimage|lib)\/rpm\/(?:rpmdb\.sqlite|Packages|Packages\.db)$/.test(path);
    if (isOwnersFile(path) || path === 'etc/passwd') texts.set(path, await textOf(entry));
  }
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const packages = sharesOf(texts, sizes);
  const owned = { files: sum(packages, 'files'), bytes: sum(packages, 'bytes') };
  return {
    ...{ files: sizes.size, bytes, packages, rpm },
    others: { files: sizes.size - owned.files, bytes: bytes - owned.bytes },
    setuid: setuid.toSorted(),
    shells: shells.toSorted(),
    users: parsePasswd(texts.get('etc/passwd') ?? '').map(({ name, uid, home }) => ({ name, uid, home })),
  };
}

/** A file that several packages name counts for the first; lists of usr-merged systems may leave `usr/` out. */
function sharesOf(texts: ReadonlyMap<string, string>, sizes: ReadonlyMap<string, number>): PackageShare[] {
  const taken = new Set<string>();
  return packagesOf(texts).map(({ name, version, files }) => {
    if (!files) return { name, version };
    let count = 0;
    let bytes = 0;
    for (const file of files) {
      const path = sizes.has(file) ? file : `usr/${file}`;
      const size = sizes.get(path);
      if (size === undefined || taken.has(path)) continue;
      taken.add(path);
      count++;
      bytes += size;
    }
    return { name, version, files: count, bytes };
  });
}

function sum(packages: readonly PackageShare[], key: 'files' | 'bytes'): number {
  return packages.reduce((total, share) => total + (share[key] ?? 0), 0);
}

async function textOf({ content, size }: Entry): Promise<string> {
  if (!content || size > largest) return '';
  const parts: Uint8Array[] = [];
  for await (const part of content()) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts).toString('utf8');
}
