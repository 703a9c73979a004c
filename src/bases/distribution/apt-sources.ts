import type { DebianSource } from '../../base/debian/types.ts';
import type { Entry } from '../../layer/entry.ts';
import { fileEntry } from '../../base/parts/entry.ts';

const keyrings = [
  'usr/share/keyrings/debian-archive-keyring.pgp',
  'usr/share/keyrings/debian-archive-keyring.gpg',
];

/**
 * Where apt inside gets packages from: the mirrors that these came from, without names and passwords in their addresses. A snapshot stays
 * the snapshot.
 * @param mtime seconds since the epoch
 */
export function aptSources(source: DebianSource, tree: ReadonlyMap<string, Entry>, mtime: number): Entry {
  const { release, snapshot, components } = source;
  const keyring = keyrings.find((path) => tree.has(path));
  const stanza = (address: string, suites: string): string =>
    [
      'Types: deb',
      `URIs: ${publicAddress(address, snapshot)}`,
      `Suites: ${suites}`,
      `Components: ${components.join(' ')}`,
      ...(keyring === undefined ? [] : [`Signed-By: /${keyring}`]),
      // A past archive is long past its date.
      ...(snapshot === undefined ? [] : ['Check-Valid-Until: no']),
      '',
    ].join('\n');
  const { archive, security } = source.mirrors;
  const stanzas =
    release === 'sid'
      ? [stanza(archive, release)]
      : [stanza(archive, `${release} ${release}-updates`), stanza(security, `${release}-security`)];
  return fileEntry('etc/apt/sources.list.d/debian.sources', stanzas.join('\n'), mtime);
}

function publicAddress(address: string, snapshot: string | undefined): string {
  const plain = address.replaceAll('{snapshot}', '-snapshot-');
  if (!URL.canParse(plain)) return address;
  const url = new URL(plain);
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  const text = url.href.replace(/\/+$/, '');
  if (snapshot === undefined) return text;
  if (text.includes('-snapshot-')) return text.replaceAll('-snapshot-', snapshot);
  return /\d{8}T\d{6}Z/.test(text) ? text.replace(/\d{8}T\d{6}Z/, snapshot) : `${text}/${snapshot}`;
}
