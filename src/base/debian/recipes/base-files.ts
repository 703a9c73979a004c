import { root } from '../../parts/entry.ts';
import type { BaseInProgress, Recipe } from '../recipe.ts';

/** Debian's fixed numbers of the groups that the script names (base-passwd's group.master). */
const groups: Readonly<Record<string, number>> = { root: 0, mail: 8, utmp: 43, staff: 50 };

/**
 * The script is a list of calls of a few functions of its own; they are read from it, as each version of Debian has others. Which forms it
 * may have is known from its digest.
 */
export const baseFiles: Recipe = {
  package: 'base-files',
  does: 'makes /mnt, /srv, /opt, /media, /var/mail, /usr/local and more, the links /var/run and /var/lock, and copies profiles to /root and /etc',
  make: async (base, own) => {
    if (base.has('etc/dpkg/origins/debian')) base.link('etc/dpkg/origins/default', 'debian');
    const script = own.control.get('postinst')?.toString('utf8') ?? '';
    for (const line of script.split('\n')) {
      const [call, ...words] = line.trim().split(/\s+/);
      await calls[call ?? '']?.(base, words);
    }
    // Where /usr is merged, folders of other architectures have their link as soon as there is something in them.
    if (base.entry('lib')?.type !== 'symlink') return;
    for (const name of ['lib32', 'libo32', 'libx32'])
      if (base.has(`usr/${name}`)) base.link(name, `usr/${name}`);
  },
};

type Call = (base: BaseInProgress, words: readonly string[]) => Promise<void> | void;

const calls: Readonly<Record<string, Call>> = {
  install_from_default: async (base, [from = '', to = '']) => {
    const text = await base.read(`usr/share/base-files/${from}`);
    if (text) base.file(to.slice(1), text);
  },
  install_directory: (base, [path = '', mode = '755', group = 'root']) =>
    base.directory(path, { mode: Number.parseInt(mode, 8), uid: 0, gid: groups[group] ?? 0 }),
  install_local_dir: (base, [path = '']) => base.directory(path.slice(1)),
  ensure_file_owner_mode: (base, [path = '', owner = '', mode = '644']) =>
    base.file(path.slice(1), '', {
      mode: Number.parseInt(mode, 8),
      uid: 0,
      gid: groups[owner.split(':')[1] ?? ''] ?? 0,
    }),
  migrate_directory: (base, [path = '', target = '']) => {
    if (base.entry(path.slice(1))?.type === 'symlink' || base.children(path.slice(1)).length > 0) return;
    base.replace({
      path: path.slice(1),
      type: 'symlink',
      mode: 0o777,
      ...root,
      mtime: base.mtime,
      size: 0,
      linkName: target,
    });
  },
  // `ln -s[f] TARGET "$DPKG_ROOT/PATH"`, where both are plain names.
  ln: (base, [, target = '', place = '']) => {
    const path = /^"\$DPKG_ROOT\/([\w./-]+)"$/.exec(place)?.[1];
    if (path !== undefined && /^[\w./-]+$/.test(target)) base.link(path, target);
  },
};
