import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ToolError } from '../../core/errors.ts';
import { readTar } from '../../layer/tar-read.ts';
import { contentOf } from '../tree.ts';
import { readMember } from './members.ts';
import type { AlpineKey } from './types.ts';

/** Bytes that a member of signatures may unpack to. */
const largestSignatures = 64 * 1024;
const largestSignature = 8 * 1024;

/** Bits of the weakest key that is trusted. */
const shortestKey = 2048;

/**
 * A key that may sign, from its text.
 * @param pinned the fingerprint that it must have
 * @throws ToolError CONFIG_INVALID when it is no RSA key, SIGNATURE_INVALID when it is another one
 */
export function readAlpineKey(pem: string, pinned?: string): AlpineKey {
  const key = keyOf(pem);
  const der = key?.export({ type: 'spki', format: 'der' });
  if (!der || key?.asymmetricKeyType !== 'rsa') {
    throw new ToolError('CONFIG_INVALID', 'a key under alpine.keys is no public RSA key', {
      hint: 'Give it as Alpine publishes it: a PEM text that begins with -----BEGIN PUBLIC KEY-----.',
    });
  }
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < shortestKey) {
    throw new ToolError('CONFIG_INVALID', `a key under alpine.keys has fewer than ${shortestKey} bits`, {
      hint: 'Give the key that the repository signs with now.',
    });
  }
  const fingerprint = createHash('sha256').update(der).digest('hex');
  const wanted = pinned?.replace(/^sha256:/, '').toLowerCase();
  if (wanted !== undefined && wanted !== fingerprint) {
    throw new ToolError(
      'SIGNATURE_INVALID',
      `a key of the repository has the fingerprint ${fingerprint}, not ${wanted}`,
      {
        hint: 'Nothing was trusted to it. Compare the fingerprint with what the makers of the repository publish.',
      },
    );
  }
  return { fingerprint, pem };
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

export interface Signed {
  /** Where what was signed begins: the end of the first member. */
  readonly start: number;
  /** Fingerprint of the key. */
  readonly signedBy: string;
}

/**
 * Checks the first member of an index or a package, which holds signatures of what follows: `.SIGN.RSA.NAME` over SHA-1, `.SIGN.RSA256.NAME` over
 * SHA-256. The name says nothing; a pinned key must fit.
 * @param endOf where what is signed ends, from where it begins: the whole rest of an index, one member of a package
 * @throws ToolError SIGNATURE_INVALID, INDEX_INVALID
 */
export async function verifySigned(
  bytes: Buffer,
  keys: readonly AlpineKey[],
  what: string,
  endOf: (start: number) => number,
): Promise<Signed> {
  const first = readMember(bytes, 0, largestSignatures, what);
  const signatures = await readSignatures(first.data);
  if (signatures.length === 0) throw refused(`${what} is not signed`);
  const signed = bytes.subarray(first.end, endOf(first.end));
  for (const { algorithm, signature } of signatures) {
    const key = keys.find((one) => verify(algorithm, signed, one.pem, signature));
    if (key) return { start: first.end, signedBy: key.fingerprint };
  }
  const names = signatures.map(({ name }) => JSON.stringify(name)).join(', ');
  throw refused(
    `${what} was changed after it was signed, or is signed by a key that is not pinned: it names ${names}`,
  );
}

interface Signature {
  readonly name: string;
  readonly algorithm: 'RSA-SHA1' | 'RSA-SHA256';
  readonly signature: Buffer;
}

async function readSignatures(tar: Buffer): Promise<Signature[]> {
  const found: Signature[] = [];
  for await (const entry of readTar(oneChunk(tar))) {
    const [, kind, name] = /^\.SIGN\.(RSA|RSA256)\.([^/]+)$/.exec(entry.path) ?? [];
    const signature = name === undefined ? undefined : await contentOf(entry, largestSignature);
    if (name === undefined || !signature) continue;
    found.push({ name, algorithm: kind === 'RSA' ? 'RSA-SHA1' : 'RSA-SHA256', signature });
  }
  return found;
}

export async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function refused(message: string): ToolError {
  return new ToolError('SIGNATURE_INVALID', message, {
    hint: 'Nothing of it was used. Name the key that the repository signs with (alpine.keys in coracle.yaml), or another repository.',
  });
}
