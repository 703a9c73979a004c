import { promises as fs } from 'node:fs';
import path from 'node:path';
import { infoName } from './database.ts';
import type { Goes } from './order.ts';
import type { Mount } from '../../sandbox/types.ts';
import { defaultPath } from '../../solve/exec/environment.ts';

/**
 * What runs inside: the scripts before unpacking, which our own unpacking could not run, then dpkg, which does the rest as at any first
 * installation. Names of packages come as arguments, so that none is ever part of the text.
 */
const program = String.raw`
set -eu
cd /
architecture=$1
shift
before() {
  info="/var/lib/dpkg/info/$1"
  [ -f "$info.preinst" ] || return 0
  # Where dpkg has a package's own files while it unpacks: debconf looks there for who asks.
  at=/var/lib/dpkg/tmp.ci
  mkdir "$at"
  for file in "$info".*; do cp -p "$file" "$at/\${file##*.}"; done
  dpkg-query -s "$1" >"$at/control"
  DPKG_MAINTSCRIPT_PACKAGE="\${1%%:*}" DPKG_MAINTSCRIPT_NAME=preinst DPKG_MAINTSCRIPT_ARCH="$architecture" \
    DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1 DPKG_ADMINDIR=/var/lib/dpkg DPKG_ROOT= "$at/preinst" install
  rm -rf "$at"
}
names=
for name in "$@" --; do
  if [ "$name" = -- ]; then
    [ -z "$names" ] || dpkg --force-unsafe-io --configure $names
    names=
  else
    before "$name"
    names="$names $name"
  fi
done
dpkg --force-unsafe-io --configure --pending
`.replaceAll('\\$', '$');

/** The command: minimal system first, then the others. */
export function command({ first, rest }: Goes, architecture: string): [string, ...string[]] {
  const names = [...first.map(infoName), '--', ...rest.map(infoName)];
  return ['/bin/sh', '-c', program, 'coracle', architecture, ...names];
}

/**
 * Nobody is asked, and what is made says nothing of the day.
 * @param first directories in which programs are looked for before all others
 */
export function scriptEnvironment(epoch: number, first: readonly string[]): string[] {
  return [
    `PATH=${[...first, defaultPath].join(':')}`,
    'HOME=/root',
    'DEBIAN_FRONTEND=noninteractive',
    'DEBCONF_NONINTERACTIVE_SEEN=true',
    'DEBCONF_NOWARNINGS=yes',
    'LC_ALL=C.UTF-8',
    `SOURCE_DATE_EPOCH=${epoch}`,
  ];
}

/** Where programs lie that stand before the system's own while scripts run. */
const place = '/run/coracle';

/**
 * Programs that stand before others while scripts run.
 * @param directory an empty one of this machine, for as long as they run
 * @param programs by name
 * @returns how they get inside, and what the scripts' PATH begins with
 */
export async function standIns(
  directory: string,
  programs: Readonly<Record<string, string>>,
): Promise<{ readonly mounts: Mount[]; readonly path: readonly string[] }> {
  // invoke-rc.d asks it whether services may be started (Debian policy, section 9.3.3.1): 101 is no.
  const all = { ...programs, 'policy-rc.d': '#!/bin/sh\nexit 101\n' };
  for (const [name, text] of Object.entries(all)) {
    const file = path.join(directory, name);
    await fs.writeFile(file, text);
    await fs.chmod(file, 0o755);
  }
  const bind = (source: string, target: string): Mount => ({ kind: 'bind', source, target, readOnly: true });
  return {
    mounts: [bind(directory, place), bind(path.join(directory, 'policy-rc.d'), '/usr/sbin/policy-rc.d')],
    path: [place],
  };
}
