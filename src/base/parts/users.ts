import type { Entry } from '../../layer/entry.ts';
import { directoryEntry, fileEntry, root } from './entry.ts';
import type { Owner } from './entry.ts';

/** The user that images run as when nothing else is said: numeric, as Kubernetes' runAsNonRoot wants it. */
export const nonroot: Owner = { uid: 65532, gid: 65532 };
const nobody: Owner = { uid: 65534, gid: 65534 };

const noShell = '/sbin/nologin';

/**
 * passwd and group: root, the user that the program runs as (nonroot unless the image sets another number), nobody. `home` says whether
 * there are home directories to name.
 */
export function usersEntries(user: Owner, home: boolean, mtime: number): Entry[] {
  const people = [
    { name: 'root', ...root, home: home ? '/root' : '/' },
    { name: 'nonroot', ...nonroot, home: home ? '/home/nonroot' : '/' },
    { name: 'nobody', ...nobody, home: home && user.uid === nobody.uid ? homeOf(user) : '/nonexistent' },
    ...(isKnown(user) ? [] : [{ name: 'app', ...user, home: home ? homeOf(user) : '/' }]),
  ].sort((one, other) => one.uid - other.uid);
  const groups = new Map(people.toReversed().map((person) => [person.gid, person.name]));
  const passwd = people.map(
    (one) => `${one.name}:x:${one.uid}:${one.gid}:${one.name}:${one.home}:${noShell}\n`,
  );
  const group = [...groups].sort(([one], [other]) => one - other).map(([gid, name]) => `${name}:x:${gid}:\n`);
  return [fileEntry('etc/group', group.join(''), mtime), fileEntry('etc/passwd', passwd.join(''), mtime)];
}

/** /root, and the program's own home directory, which it may write to. */
export function homeEntries(user: Owner, mtime: number): Entry[] {
  const own = user.uid === root.uid ? nonroot : user;
  return [
    directoryEntry('root', 0o700, root, mtime),
    directoryEntry(homeOf(own).slice(1), 0o700, own, mtime),
  ];
}

function homeOf(user: Owner): string {
  return user.uid === nonroot.uid ? '/home/nonroot' : '/home/app';
}

function isKnown(user: Owner): boolean {
  return [root, nonroot, nobody].some(({ uid }) => uid === user.uid);
}
