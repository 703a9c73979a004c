import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export type IdMode = 'root' | 'subids' | 'single';

/**
 * How a layer stands on disk when this process writes it. Directories of different forms do not mix: the same file has another owner, or
 * overlayfs looks for its marks in other attributes.
 */
export interface DirectoryForm {
  /** Name of the directory in the layer's folder. */
  readonly name: string;
  /** Prefix of the attributes that overlayfs keeps for itself; undefined for a root that is no overlay's. */
  readonly overlayPrefix: 'trusted.overlay.' | 'user.overlay.' | undefined;
  /** False: every file belongs to this process's user. */
  readonly owners: boolean;
  /** The owner that a file of `uid` gets on disk: itself, or 0 where it is not mapped. */
  uid(uid: number): number;
  gid(gid: number): number;
  /** True when an attribute of that name can be set here. */
  storable(attribute: string): boolean;
}

interface IdMap {
  readonly text: string;
  readonly ranges: readonly { readonly from: number; readonly count: number }[];
}

/** @param mode as the command found it; what this process really may is looked up in /proc */
export function directoryForm(mode: IdMode): DirectoryForm {
  const uids = readMap('uid_map');
  const gids = readMap('gid_map');
  // Attributes in `trusted` are for those who are root of the machine; overlayfs has a second place for all others.
  const trusted = mode === 'root' && isWhole(uids) && isWhole(gids) && mayAdminister();
  const owners = mode !== 'single';
  const own = process.getuid?.() ?? 0;
  const ownGroup = process.getgid?.() ?? 0;
  return {
    name: trusted ? 'fs' : `fs-${shortHash(`${mode} ${own} ${uids.text} ${gids.text}`)}`,
    overlayPrefix: trusted ? 'trusted.overlay.' : 'user.overlay.',
    owners,
    uid: (uid) => (owners ? mapped(uids, uid) : own),
    gid: (gid) => (owners ? mapped(gids, gid) : ownGroup),
    storable: (attribute) =>
      trusted ||
      attribute.startsWith('user.') ||
      attribute === 'security.capability' ||
      attribute.startsWith('system.posix_acl_'),
  };
}

function readMap(file: 'uid_map' | 'gid_map'): IdMap {
  const text = readFileSync(`/proc/self/${file}`, 'latin1');
  const ranges = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([from = 0, , count = 0]) => ({ from, count }));
  return { text: text.replace(/\s+/g, ' '), ranges };
}

function isWhole({ text }: IdMap): boolean {
  return text.trim() === '0 0 4294967295';
}

function mapped({ ranges }: IdMap, id: number): number {
  return ranges.some(({ from, count }) => id >= from && id < from + count) ? id : 0;
}

/** CAP_SYS_ADMIN, which root in a container usually lacks. */
function mayAdminister(): boolean {
  const [, digits = '0'] = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return ((BigInt(`0x${digits}`) >> 21n) & 1n) === 1n;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
