import type { AccessFindings, FileFinding } from '../types.ts';
import type { Merged } from './merge.ts';

type User = AccessFindings['users'][number];

const shellNames = new Set([
  'sh',
  'bash',
  'dash',
  'ash',
  'zsh',
  'ksh',
  'mksh',
  'fish',
  'csh',
  'tcsh',
  'busybox',
  'toybox',
  'pwsh',
]);
const managerNames = new Set(
  'apt apt-get aptitude dpkg apk yum dnf dnf5 microdnf tdnf rpm zypper pacman opkg snap pip pip3 uv conda npm npx yarn pnpm gem bundle composer cargo'.split(
    ' ',
  ),
);
/** Where programs lie that a shell finds. */
const programs = /^(?:(?:usr\/(?:local\/)?)?s?bin|busybox|opt\/[^/]+\/bin|root\/\.local\/bin)$/;

/** Who could do what in a container: what runs with other rights than its user's, what anyone may write, who is there, what lets one in. */
export function accessOf(merged: Merged): AccessFindings {
  const { nodes, scans } = merged;
  const users = usersOf(merged);
  const nameOf = new Map(users.map(({ name, uid }) => [uid, name]));
  const found = {
    setuid: [] as FileFinding[],
    capabilities: [] as FileFinding[],
    worldWritable: [] as FileFinding[],
    devices: [] as FileFinding[],
    shells: [] as string[],
    packageManagers: [] as string[],
  };
  let directory = { node: -1, ofPrograms: false };
  for (let node = 0; node < nodes.size; node++) {
    const layer = nodes.layer(node);
    const scan = scans[layer];
    if (!scan || !nodes.alive(node)) continue;
    const [entry, type, parent] = [nodes.entry(node), nodes.type(node), nodes.parent(node)];
    const mode = scan.modes[entry] ?? 0;
    if (directory.node !== parent)
      directory = { node: parent, ofPrograms: programs.test(nodes.path(parent)) };
    const capabilities = scan.capabilities.get(entry);
    const device = type === 'char' || type === 'block';
    const add = (list: FileFinding[], detail: string): void => {
      list.push({ path: `/${nodes.path(node)}`, layer, detail });
    };
    const octal = (): string => mode.toString(8).padStart(4, '0');
    const uid = scan.uids[entry] ?? 0;
    if (type === 'file' && (mode & 0o6000) !== 0) {
      const group = (mode & 0o2000) === 0 ? '' : `, group ${scan.gids[entry] ?? 0}`;
      add(found.setuid, `${octal()} ${nameOf.get(uid) ?? uid}${group}`);
    }
    if (capabilities !== undefined) add(found.capabilities, capabilities);
    if (device) add(found.devices, `${type} ${(scan.devices.get(entry) ?? [0, 0]).join(':')}, ${octal()}`);
    // In a directory with the sticky bit, as /tmp, one cannot touch what is another's.
    if (
      (mode & 0o002) !== 0 &&
      type !== 'symlink' &&
      !device &&
      !(type === 'directory' && (mode & 0o1000) !== 0)
    )
      add(found.worldWritable, `${octal()} ${type}`);
    if (!directory.ofPrograms || type === 'directory') continue;
    const name = nodes.name(node);
    if (shellNames.has(name)) found.shells.push(`/${nodes.path(node)}`);
    if (managerNames.has(name)) found.packageManagers.push(`/${nodes.path(node)}`);
  }
  return { ...found, users };
}

/** The lines of /etc/passwd. */
function usersOf({ nodes, scans }: Merged): User[] {
  const node = nodes.find('etc/passwd');
  const text = node < 0 ? undefined : scans[nodes.layer(node)]?.texts.get(nodes.entry(node));
  return (text ?? '').split('\n').flatMap((line) => {
    const [name, , uid, , , , shell] = line.split(':');
    return name && uid !== undefined && /^\d+$/.test(uid)
      ? [{ name, uid: Number(uid), shell: shell ?? '' }]
      : [];
  });
}
