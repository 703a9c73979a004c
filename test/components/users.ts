import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram, isRoot } from './program.ts';
import type { Probe } from './program.ts';

/** `single` has one id and no more; `subids` has 65536 subordinate ids besides. Both are the machine's nobody. */
export type Who = 'root' | 'single' | 'subids';

export const nobody = { uid: 65_534, gid: 65_534 };

/** Tests become other users, which only root can. */
export const canBecome: Probe = () => {
  const missing = ['setpriv', 'unshare'].filter((name) => findProgram(name) === undefined);
  return missing.length > 0 ? `${missing.join(' and ')} not installed` : isRoot();
};

/**
 * What, put before a command line, runs it as this user. Subordinate ids are there in a mount namespace only: the machine's own files are not
 * touched.
 * @param place a directory that others may read, for a small file
 */
export function become(who: Who, place: string): readonly [string, ...string[]] {
  const setpriv = [
    findProgram('setpriv') ?? 'setpriv',
    `--reuid=${nobody.uid}`,
    `--regid=${nobody.gid}`,
    '--clear-groups',
  ] as const;
  switch (who) {
    case 'root':
      return ['env'];
    case 'single':
      return setpriv;
    case 'subids':
    default: {
      const ids = path.join(mkdtempSync(path.join(place, 'subids-')), 'ids');
      writeFileSync(ids, 'nobody:200000:65536\n', { mode: 0o644 });
      // The directory is a temporary one, which only its owner may enter: the file is read by newuidmap, as root.
      const mount = 'mount --bind "$0" /etc/subuid && mount --bind "$0" /etc/subgid && exec "$@"';
      return ['unshare', '--mount', 'sh', '-c', mount, ids, ...setpriv];
    }
  }
}
