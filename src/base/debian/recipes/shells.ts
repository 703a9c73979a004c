import type { Recipe } from '../recipe.ts';

/** It diverts what another package may have as /bin/sh, and puts its own there. The diverted link, /bin/sh.distrib, is left out. */
export const dash: Recipe = {
  package: 'dash',
  does: 'puts itself at /bin/sh',
  make: (base) => base.link('bin/sh', 'dash'),
};

/** What it registers as an alternative is a manual page. */
export const bash: Recipe = {
  package: 'bash',
  does: 'links /bin/sh to itself when there is none',
  make: (base) => {
    if (!base.has('bin/sh') && !base.hasPackage('dash')) base.link('bin/sh', 'bash');
  },
};

export const coreutils: Recipe = {
  package: 'coreutils',
  does: 'links /usr/bin/touch to /bin/touch when there is none',
  make: (base) => {
    if (!base.has('usr/bin/touch')) base.link('usr/bin/touch', '/bin/touch');
  },
};

/** It asks nothing: there is nobody to answer. */
export const debconf: Recipe = { package: 'debconf', does: 'nothing' };

/** Of these everything is made for all packages alike, or nothing at a first installation. */
export const othersKnown: readonly Recipe[] = [
  { package: 'debianutils', does: 'registers `which` as an alternative' },
  { package: 'gawk', does: 'registers `awk` as an alternative' },
  {
    package: 'haproxy',
    does: 'makes a user for its service; in an image it is started as whoever is wanted',
  },
  { package: 'libgcrypt20', does: 'nothing at a first installation' },
  { package: 'libgssapi-krb5-2', does: 'nothing at a first installation' },
  {
    package: 'libwrap0',
    does: 'writes lists of hosts that hold comments only, and mean the same when they are not there',
  },
  { package: 'python3-minimal', does: 'compiles files of Python, which Python does when it wants them' },
  { package: 'tar', does: 'registers `rmt` as an alternative' },
];
