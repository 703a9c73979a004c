import { compareNames } from '../../layer/names.ts';
import type { Entry } from '../../layer/entry.ts';
import type { Composition } from '../debian/types.ts';
import { withDirectories } from '../entries.ts';
import { directoryEntry, fileEntry, root } from '../parts/entry.ts';
import { homeEntries, nonroot } from '../parts/users.ts';
import { busyboxCommands } from './busybox-commands.ts';

/** What stands in for Alpine where none can be reached, in the words that stand beside every table and result that uses it. */
export const alpineEquivalentStatement =
  'alpine is an equivalent here, as no Alpine could be reached: musl, busybox and CA certificates from Debian’s packages, without apk; sizes differ a little from Alpine’s own.';

/** As Alpine's base-layout has them, less what serves daemons that nobody has here. */
const people = [
  'root:x:0:0:root:/root:/bin/sh',
  'bin:x:1:1:bin:/bin:/sbin/nologin',
  'daemon:x:2:2:daemon:/sbin:/sbin/nologin',
  'nobody:x:65534:65534:nobody:/:/sbin/nologin',
  'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin',
];
const groups = [
  ...['root:x:0:root', 'bin:x:1:root,bin,daemon', 'daemon:x:2:root,bin,daemon', 'tty:x:5:', 'shadow:x:42:'],
  ...['nogroup:x:65533:', 'nonroot:x:65532:', 'nobody:x:65534:'],
];

const osRelease =
  'NAME="Coracle musl and busybox"\nID=coracle-musl\nPRETTY_NAME="musl and busybox from Debian, in place of Alpine"\n';

const profile =
  'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nexport PAGER=less\nPS1="\\h:\\w\\$ "\n';

/** To be composed from Debian's packages, before `alpineEquivalent` completes them. */
export const alpineEquivalentPackages: readonly string[] = ['busybox-static', 'ca-certificates', 'musl'];

/**
 * The equivalent of an Alpine base image: what was composed of its packages, completed with what Alpine's packages and their scripts
 * make. Time zones are not in Alpine's image, nor here.
 * @param composed the composition of `alpineEquivalentPackages`
 * @param mtime seconds since the epoch, of what is generated
 * @throws ToolError BASE_CANNOT_RUN when the composition has no busybox
 */
export async function alpineEquivalent(
  composed: Composition,
  { mtime }: { readonly mtime: number },
): Promise<Composition & { readonly statement: string }> {
  const link = (path: string, linkName: string): Entry => ({
    ...{ path, type: 'symlink', mode: 0o777, ...root, mtime, size: 0, linkName },
  });
  const tree = new Map(composed.entries.map((entry) => [entry.path, entry]));
  const generated = new Map(composed.generated.map((one) => [one.path, one.instead]));
  const add = (entries: readonly Entry[], instead: string, over = false): void => {
    for (const entry of entries) {
      if (tree.has(entry.path) && !over) continue;
      tree.set(entry.path, entry);
      generated.set(entry.path, instead);
    }
  };
  // Packages of a merged release rely on base-files for these.
  const merged = tree.has('usr/bin/busybox');
  const outer = ['bin', 'sbin', 'lib'];
  add(
    outer.map((path) => (merged ? link(path, `usr/${path}`) : directoryEntry(path, 0o755, root, mtime))),
    'alpine-baselayout',
  );
  add(files(mtime), 'alpine-baselayout', true);
  add([link('var/run', '../run'), ...folders(mtime)], 'alpine-baselayout');
  add([link('etc/ssl/cert.pem', 'certs/ca-certificates.crt')], 'ca-certificates-bundle');
  const bin = merged ? 'usr/bin' : 'bin';
  const commands = await busyboxCommands(tree.get(`${bin}/busybox`));
  add(
    commands.map((name) => link(`${bin}/${name}`, '/bin/busybox')),
    'busybox --install -s',
  );
  const entries = withDirectories([...tree.values()], mtime).sort((one, other) =>
    compareNames(one.path, other.path),
  );
  return {
    ...composed,
    entries,
    generated: [...generated]
      .map(([path, instead]) => ({ path, instead }))
      .sort((one, other) => compareNames(one.path, other.path)),
    statement: alpineEquivalentStatement,
  };
}

function files(mtime: number): Entry[] {
  return [
    fileEntry('etc/passwd', people.map((line) => `${line}\n`).join(''), mtime),
    fileEntry('etc/group', groups.map((line) => `${line}\n`).join(''), mtime),
    fileEntry('etc/hostname', 'localhost\n', mtime),
    fileEntry('etc/hosts', '127.0.0.1\tlocalhost localhost.localdomain\n::1\t\tlocalhost\n', mtime),
    fileEntry('etc/shells', '/bin/sh\n/bin/ash\n', mtime),
    fileEntry('etc/os-release', osRelease, mtime),
    fileEntry('etc/profile', profile, mtime),
  ];
}

function folders(mtime: number): Entry[] {
  const usual = ['dev', 'home', 'media', 'mnt', 'opt', 'proc', 'run', 'srv', 'sys', 'usr/local/bin'];
  return [
    ...usual.map((path) => directoryEntry(path, 0o755, root, mtime)),
    directoryEntry('tmp', 0o1777, root, mtime),
    directoryEntry('var/tmp', 0o1777, root, mtime),
    ...homeEntries(nonroot, mtime),
  ];
}
