import type { Measured } from '../types.ts';
import { listOf, placeOf, type Looked } from './look.ts';
import { countNdb, countSqlite } from './rpm.ts';

/** Bytes of a package database; the largest are a tenth of it. */
const largest = 256 * 1024 * 1024;

/** A package database: where it may lie, and how many packages it lists. */
interface Database {
  readonly paths: readonly string[];
  count(bytes: Buffer): number | undefined;
}

const databases: readonly Database[] = [
  { paths: ['/var/lib/dpkg/status'], count: (bytes) => installedDebs(bytes.toString('latin1')) },
  {
    paths: ['/lib/apk/db/installed', '/usr/lib/apk/db/installed'],
    count: (bytes) => bytes.toString('latin1').match(/^P:/gm)?.length ?? 0,
  },
  { paths: rpmPaths('rpmdb.sqlite'), count: countSqlite },
  { paths: rpmPaths('Packages.db'), count: countNdb },
  // Berkeley DB: its format is read by its own library alone.
  { paths: rpmPaths('Packages'), count: () => undefined },
];

function rpmPaths(name: string): string[] {
  return [`/var/lib/rpm/${name}`, `/usr/lib/sysimage/rpm/${name}`];
}

/** Packages that the databases in an image list, all of them together; 0 where there is none. */
export async function countPackages(looked: Looked): Promise<Measured> {
  // What distroless images have: a file for each package, and its checksums beside it.
  let count = listOf(looked, '/var/lib/dpkg/status.d').filter((path) => !path.endsWith('.md5sums')).length;
  for (const { paths, count: countIn } of databases) {
    const path = paths.find((each) => placeOf(looked, each) !== undefined);
    if (path === undefined) continue;
    const bytes = await looked.read(path, largest);
    if (bytes === undefined || bytes.length === 0) continue;
    const found = countIn(bytes);
    if (found === undefined)
      return { missing: `the package database ${path} is in a form that only its own tool reads` };
    count += found;
  }
  return { value: count };
}

/** Stanzas of dpkg's status file whose package is installed (not only its configuration left behind). */
function installedDebs(text: string): number {
  return text.split(/\n{2,}/).filter((stanza) => /^Status: \S+ \S+ installed$/m.test(stanza)).length;
}
