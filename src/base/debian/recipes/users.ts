import { directoryEntry, fileEntry } from '../../parts/entry.ts';
import { homeEntries, nonroot, usersEntries } from '../../parts/users.ts';
import type { BaseInProgress, Recipe } from '../recipe.ts';

/** Its scripts copy the masters. The script's own first form of them, with another order, is overwritten by nothing, and not used here. */
export const basePasswd: Recipe = {
  package: 'base-passwd',
  does: 'copies its lists of users and groups to /etc/passwd and /etc/group',
  make: async (base, own) => {
    const script = own.control.get('postinst')?.toString('utf8') ?? '';
    // Since Debian 13: empty, for tools that add users.
    for (const path of ['etc/subuid', 'etc/subgid']) if (script.includes(path)) base.file(path, '');
    for (const name of ['passwd', 'group']) {
      const master = await base.read(`usr/share/base-passwd/${name}.master`);
      if (master) base.file(`etc/${name}`, master);
    }
  },
};

/**
 * Every base has users: base-passwd's with nonroot added, or without that package root, nonroot and nobody only. The program's own
 * user has a home.
 */
export async function addUsers(base: BaseInProgress): Promise<void> {
  for (const made of usersEntries(nonroot, true, base.mtime)) {
    const there = await base.read(made.path);
    if (!there) base.replace(made);
    else if (!/^nonroot:/m.test(there.toString('latin1'))) {
      const line = made.path === 'etc/passwd' ? passwdLine : groupLine;
      base.replace(fileEntry(made.path, Buffer.concat([there, Buffer.from(line)]), base.mtime));
    }
  }
  for (const { path, mode, uid, gid } of homeEntries(nonroot, base.mtime)) {
    base.replace(directoryEntry(path, mode, { uid, gid }, base.mtime));
  }
}

const passwdLine = `nonroot:x:${nonroot.uid}:${nonroot.gid}:nonroot:/home/nonroot:/sbin/nologin\n`;
const groupLine = `nonroot:x:${nonroot.gid}:\n`;
