/** Signed notes (c2sp.org/signed-note) with Ed25519 keys, as the Go checksum database signs its tree. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ToolError } from '../../core/errors.ts';

/** Who may sign: `name+hash+key` in its parts. */
export interface Verifier {
  readonly name: string;
  /** The four bytes before each signature that say which key made it. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

const ed25519 = 1;
const largestNote = 1_000_000;
const mostSignatures = 100;

/** @throws ToolError CONFIG_INVALID when the text is no Ed25519 verifier key */
export function parseVerifier(text: string): Verifier {
  const [, name, hex, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const data = Buffer.from(encoded ?? '', 'base64');
  if (name === undefined || hex === undefined || data.length !== 33 || data[0] !== ed25519) {
    throw new ToolError('CONFIG_INVALID', 'GOSUMDB names no Ed25519 verifier key', {
      hint: 'It has the form NAME+HASH+KEY; look at it with: go env GOSUMDB',
    });
  }
  const id = Buffer.from(hex, 'hex');
  if (!keyId(name, data).equals(id))
    throw new ToolError('CONFIG_INVALID', `the key of ${name} in GOSUMDB does not fit its hash`);
  const x = data.subarray(1).toString('base64url');
  return { name, id, key: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }) };
}

/** First four bytes of the SHA-256 of the name, a line break, and the key with its algorithm byte. */
export function keyId(name: string, algorithmAndKey: Uint8Array): Buffer {
  return createHash('sha256').update(`${name}\n`).update(algorithmAndKey).digest().subarray(0, 4);
}

/**
 * The text of a note (with its last line break) when `verifier` signed it; undefined when the note is malformed, or its
 * signature is missing or false.
 */
export function openNote(note: Uint8Array, verifier: Verifier): string | undefined {
  if (note.length > largestNote) return undefined;
  const whole = decode(note);
  const end = whole?.lastIndexOf('\n\n') ?? -1;
  if (whole === undefined || end < 0 || !whole.endsWith('\n')) return undefined;
  const text = whole.slice(0, end + 1);
  const lines = whole.slice(end + 2, -1).split('\n');
  if (lines.length > mostSignatures) return undefined;
  for (const line of lines) {
    const [, name, encoded] = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    if (name === undefined || encoded === undefined) return undefined;
    const data = Buffer.from(encoded, 'base64');
    if (data.toString('base64') !== encoded) return undefined;
    if (name !== verifier.name || !data.subarray(0, 4).equals(verifier.id)) continue;
    return verify(null, Buffer.from(text), verifier.key, data.subarray(4)) ? text : undefined;
  }
  return undefined;
}

/** UTF-8 without control characters other than line breaks; undefined for anything else. */
function decode(bytes: Uint8Array): string | undefined {
  if (bytes.some((byte) => byte < 0x20 && byte !== 0x0a)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
