import type { Recipe } from '../recipe.ts';

/** The script asks debconf for the zone; unasked, it is UTC. */
export const tzdata: Recipe = {
  package: 'tzdata',
  does: 'links /etc/localtime to the zone Etc/UTC and names it in /etc/timezone',
  make: (base, own) => {
    base.link('etc/localtime', '/usr/share/zoneinfo/Etc/UTC');
    // Since Debian 13 the file is only kept right where there is one.
    const script = own.control.get('postinst')?.toString('utf8') ?? '';
    if (!script.includes('test -f "$DPKG_ROOT/etc/timezone"')) base.file('etc/timezone', 'Etc/UTC\n');
  },
};
