import type * as OpenPgp from 'openpgp';
import { ToolError, messageOf } from '../../core/errors.ts';
import { clockTolerance } from './freshness.ts';
import type { PinnedKey } from './keys.ts';

/** What was signed, and by whom. */
export interface Signed {
  /** Exactly the signed text: nothing that stood beside it. */
  readonly text: string;
  /** Fingerprints of the primary keys whose signatures are good, upper-case hexadecimal; at least one. */
  readonly signers: readonly string[];
}

const begin = '-----BEGIN PGP SIGNED MESSAGE-----';
const end = '-----END PGP SIGNATURE-----';
/** Debian's longest has some 3,000; what has a thousand times more only keeps a parser busy. */
const mostLines = 50_000;
/** Reasons that an error tells. */
const mostReasons = 6;

/**
 * Checks a text signed in the clear (OpenPGP, RFC 9580 section 7). One good signature by one of `keys` is enough: Debian signs with the keys
 * of several releases. The key must have been valid when it signed, and be valid `at` that time.
 * @param what names the text in errors
 * @throws ToolError SIGNATURE_INVALID
 */
export async function verifyClearsigned(
  file: string,
  keys: readonly PinnedKey[],
  at: Date,
  what: string,
): Promise<Signed> {
  if (file.split(begin).length !== 2 || !file.startsWith(begin) || !file.trimEnd().endsWith(end))
    throw refused(`${what} is not one signed text and nothing else`);
  if (file.split('\n', mostLines + 1).length > mostLines)
    throw refused(`${what} has more than ${mostLines} lines`);
  const pgp = await import('openpgp');
  const verificationKeys = await Promise.all(keys.map(async (key) => readPinned(pgp, key)));
  const message = await pgp.readCleartextMessage({ cleartextMessage: file }).catch((error: unknown) => {
    throw refused(`${what} is no signed text that can be read: ${messageOf(error)}`);
  });
  const { signatures } = await pgp.verify({
    message,
    verificationKeys,
    date: new Date(at.getTime() + clockTolerance),
  });
  const signers: string[] = [];
  const reasons: string[] = [];
  for (const { keyID, verified } of signatures) {
    const key = verificationKeys.find((candidate) => candidate.getKeys(keyID).length > 0);
    try {
      await verified;
      // The library asks whether the key was valid when it signed, not whether it still is.
      await key?.getSigningKey(keyID, at);
      if (key) signers.push(key.getFingerprint().toUpperCase());
    } catch (error) {
      reasons.push(`${keyID.toHex().toUpperCase()}: ${key ? messageOf(error) : 'a key that is not pinned'}`);
    }
  }
  if (signers.length > 0) return { text: message.getText(), signers };
  throw refused(
    `no signature of ${what} is good (${reasons.length === 0 ? 'it has none' : reasons.slice(0, mostReasons).join('; ')})`,
  );
}

async function readPinned(pgp: typeof OpenPgp, { data, fingerprint }: PinnedKey): Promise<OpenPgp.Key> {
  const key = await pgp.readKey({ binaryKey: Buffer.from(data, 'base64') });
  if (key.getFingerprint().toUpperCase() === fingerprint) return key;
  throw new ToolError('INTERNAL', `the key stored for ${fingerprint} is another one`);
}

function refused(message: string): ToolError {
  return new ToolError('SIGNATURE_INVALID', message, {
    hint: 'Nothing of it was used. Name another mirror (debian.mirror in coracle.yaml); for a new release, use a newer Coracle, which has its keys.',
  });
}
