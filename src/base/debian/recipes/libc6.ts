import type { Recipe } from '../recipe.ts';

const nsswitch = 'hosts: files dns\n';

/**
 * Its scripts ask for a newer kernel and restart services at an upgrade. The loader needs no cache: it searches the multiarch folders by
 * itself. What hosts are looked up in is said by libc-bin, which bases without a shell do not have.
 */
export const libc6: Recipe = {
  package: 'libc6',
  does: 'nothing at a first installation; /etc/nsswitch.conf stands for that of libc-bin when that is left out',
  make: (base) => {
    if (!base.hasPackage('libc-bin')) base.file('etc/nsswitch.conf', nsswitch);
  },
};

/** ldconfig's cache is left out: it only saves a search, and its bytes depend on the ldconfig that made it. */
export const libcBin: Recipe = {
  package: 'libc-bin',
  does: 'copies /etc/nsswitch.conf; runs ldconfig, whose cache is left out',
  make: async (base) => {
    const text = await base.read('usr/share/libc-bin/nsswitch.conf');
    if (text) base.file('etc/nsswitch.conf', text);
  },
};
