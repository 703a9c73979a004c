import { ToolError } from '../../core/errors.ts';

/** A public key that may sign suites of Debian's archive. */
export interface PinnedKey {
  /** Of the primary key: 40 upper-case hexadecimal digits. */
  readonly fingerprint: string;
  /** Codename of the release whose key it is. */
  readonly release: string;
  /** The security archive has keys of its own. */
  readonly signs: 'archive' | 'security';
  /** OpenPGP packets, in base64. */
  readonly data: string;
}

interface Pin extends Omit<PinnedKey, 'data'> {
  /** Its file in Debian's keyring package. */
  readonly file: string;
}

/** By release, oldest first. scripts/update-debian-keys.ts writes the keys themselves. */
export const pins: readonly Pin[] = [
  pin('bullseye', 'archive', 'automatic', '1F89983E0081FDE018F3CC9673A4F27B8DD47936'),
  pin('bullseye', 'archive', 'stable', 'A4285295FC7B1A81600062A9605C66F00D6C9793'),
  pin('bullseye', 'security', 'security-automatic', 'AC530D520F2F3269F5E98313A48449044AAD5C5D'),
  pin('bookworm', 'archive', 'automatic', 'B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8'),
  pin('bookworm', 'archive', 'stable', '4D64FEC119C2029067D6E791F8D2585B8783D481'),
  pin('bookworm', 'security', 'security-automatic', '05AB90340C0C5E797F44A8C8254CF3B5AEC0A8F0'),
  pin('trixie', 'archive', 'automatic', '04B54C3CDCA79751B16BC6B5225629DF75B188BD'),
  pin('trixie', 'archive', 'stable', '41587F7DB8C774BCCF131416762F67A0B2C39DE4'),
  pin('trixie', 'security', 'security-automatic', '5E04A1E3223A19A20706E20F9904613D4CCE68C6'),
];

function pin(release: string, signs: Pin['signs'], name: string, fingerprint: string): Pin {
  return { release, signs, fingerprint, file: `debian-archive-${release}-${name}.gpg` };
}

/** Debian's own keys. */
export async function debianKeys(): Promise<readonly PinnedKey[]> {
  const { keyData } = await import('./keys-data.ts');
  return pins.map(({ release, signs, fingerprint }) => {
    const data = keyData.get(fingerprint);
    if (data === undefined) throw new ToolError('INTERNAL', `the key ${fingerprint} is pinned but not there`);
    return { release, signs, fingerprint, data };
  });
}

/**
 * The keys that may sign a suite of `codename`: the release's own and those of the release before it, which sign until the new ones
 * are in every keyring. A release that is not known is newer than all: the newest two releases' keys sign it.
 */
export function keysFor(
  codename: string,
  signs: PinnedKey['signs'],
  keys: readonly PinnedKey[],
): PinnedKey[] {
  const releases = [...new Set(keys.map(({ release }) => release))];
  const place = releases.indexOf(codename);
  const last = place === -1 ? releases.length - 1 : place;
  const trusted = new Set(releases.slice(Math.max(0, last - 1), last + 1));
  return keys.filter((key) => key.signs === signs && trusted.has(key.release));
}
