import type { Entry } from '../../layer/entry.ts';
import { caBundle } from '../ca-bundle.ts';
import { fileEntry } from './entry.ts';

/** Debian's place for the bundle, and the first that Go's crypto/x509 looks at. */
export const caPath = 'etc/ssl/certs/ca-certificates.crt';

/** The pinned bundle, and behind it the user's own authorities that it does not hold already. */
export function caEntries(extra: readonly string[], mtime: number): Entry[] {
  const { pem } = caBundle();
  const known = pem.toString('latin1');
  const added = [...new Set(extra)].filter((certificate) => !known.includes(certificate.trim()));
  const bundle =
    added.length === 0
      ? pem
      : Buffer.concat([pem, Buffer.from(added.map((text) => `${text.trim()}\n`).join(''), 'latin1')]);
  return [fileEntry(caPath, bundle, mtime)];
}
