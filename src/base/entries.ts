import { compareNames } from '../layer/names.ts';
import type { Entry } from '../layer/entry.ts';
import type { BaseChoice, BasePart } from './choose.ts';
import { caEntries } from './parts/ca.ts';
import { directoryEntry, fileEntry, root } from './parts/entry.ts';
import type { Owner } from './parts/entry.ts';
import { homeEntries, nonroot, usersEntries } from './parts/users.ts';
import { zoneinfoEntries } from './parts/zoneinfo.ts';

/** Raised when the same choice and options give other files than before, so that what was kept of them is not used. */
export const baseRevision = 1;

export interface BaseEntriesOptions {
  /** Seconds since the epoch, of every entry. */
  readonly mtime: number;
  /** The toolchain's lib/time/zoneinfo.zip. */
  readonly zoneinfo: string;
  /** Checked certificates to add to the bundle (see extra-ca.ts). */
  readonly extraCa?: readonly string[];
  /** The numeric user that the image runs as. Default nonroot. */
  readonly user?: Owner;
}

/** Go's order without the file would be the same; C libraries that are linked in want to read it. */
const nsswitch = 'hosts: files dns\n';

/** Tells a scanner that there is no distribution, and so no package database, to look for. */
const osRelease = 'NAME="Coracle static"\nID=coracle-static\nPRETTY_NAME="Coracle static base"\n';

/**
 * The files of a base, ready to be a layer: sorted, with their directories, the same bytes for the same choice and options. An empty
 * list when there is nothing, in which case the image needs no base layer at all.
 */
export async function baseEntries(choice: BaseChoice, options: BaseEntriesOptions): Promise<Entry[]> {
  const { mtime, zoneinfo, extraCa = [], user = nonroot } = options;
  const make: Readonly<Record<BasePart, () => Entry[] | Promise<Entry[]>>> = {
    ca: () => caEntries(extraCa, mtime),
    zoneinfo: async () => zoneinfoEntries(zoneinfo, choice.zones, mtime),
    users: () => usersEntries(user, choice.parts.includes('home'), mtime),
    home: () => homeEntries(user, mtime),
    tmp: () => [directoryEntry('tmp', 0o1777, root, mtime)],
    nsswitch: () => [fileEntry('etc/nsswitch.conf', nsswitch, mtime)],
    'os-release': () => [fileEntry('etc/os-release', osRelease, mtime)],
  };
  const made = (await Promise.all(choice.parts.map(async (part) => make[part]()))).flat();
  return withDirectories(made, mtime).sort((one, other) => compareNames(one.path, other.path));
}

/** Adds the directories above entries that have none, owned by root, which keeps the program from changing what is in them. */
export function withDirectories(entries: readonly Entry[], mtime: number): Entry[] {
  const paths = new Map(entries.map((entry) => [entry.path, entry]));
  for (const { path } of entries) {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const above = path.slice(0, slash);
      if (!paths.has(above)) paths.set(above, directoryEntry(above, 0o755, root, mtime));
    }
  }
  return [...paths.values()];
}
