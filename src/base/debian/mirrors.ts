import { ToolError } from '../../core/errors.ts';
import type { DebianSource, PackageRecord } from './types.ts';

/** Whether a suite is kept by the security archive, which has addresses and keys of its own. */
export function archiveOf(suite: string): 'archive' | 'security' {
  return suite.endsWith('-security') ? 'security' : 'archive';
}

const stamp = /\d{8}T\d{6}Z/;

/**
 * The address of a file of the archive that keeps `suite`.
 * @param path relative to the mirror's base: `dists/trixie/InRelease`, a package's Filename
 * @throws ToolError CONFIG_INVALID
 */
export function addressOf(source: DebianSource, suite: string, path: string): URL {
  const base = baseAddress(source, archiveOf(suite));
  // A plus sign is a plain letter of a path; of the rest of what package names and versions hold, nothing needs an escape.
  const escaped = path
    .split('/')
    .map((part) => encodeURIComponent(part).replaceAll('%2B', '+').replaceAll('%3A', ':'))
    .join('/');
  return new URL(escaped, base);
}

/** The address of a package. */
export function packageAddress(source: DebianSource, { suite, filename }: PackageRecord): URL {
  return addressOf(source, suite, filename);
}

/** Whether a mirror's address has a place for a snapshot's date. */
export function hasDate(mirror: string): boolean {
  return mirror.includes('{snapshot}') || stamp.test(mirror);
}

function baseAddress({ mirrors, snapshot }: DebianSource, archive: 'archive' | 'security'): string {
  const mirror = mirrors[archive].replace(/\/*$/, '');
  const address = snapshot === undefined ? mirror : datedAddress(mirror, snapshot);
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new ToolError('CONFIG_INVALID', `${JSON.stringify(address)} is no address of a Debian mirror`, {
      hint: 'debian.mirror in coracle.yaml is an http:// or https:// address, as it stands in sources.list.',
    });
  }
  return `${address}/`;
}

/** Mirrors that keep the past have the date in the address: in place of `{snapshot}` or of another date, else behind it. */
function datedAddress(mirror: string, snapshot: string): string {
  if (mirror.includes('{snapshot}')) return mirror.replaceAll('{snapshot}', snapshot);
  return stamp.test(mirror) ? mirror.replace(stamp, snapshot) : `${mirror}/${snapshot}`;
}
