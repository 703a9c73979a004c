/**
 * oci/ is the nouns: digests, descriptors, media types, platforms, references, and the lazy views Image, Index and Layer.
 * It must not know where bytes come from (store, registry, archive) or how layers are written.
 */
import { createHash } from 'node:crypto';
import { ToolError } from '../core/errors.ts';

/** `sha256:` and 64 lower-case hexadecimal digits (OCI image-spec, descriptor.md). */
export type Digest = `sha256:${string}`;

const form = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return form.test(text);
}

/** @throws ToolError IMAGE_INVALID unless `text` is a sha256 digest; `where` says whose it is. */
export function parseDigest(text: unknown, where: string): Digest {
  if (typeof text === 'string' && isDigest(text)) return text;
  throw new ToolError('IMAGE_INVALID', `${where}: ${JSON.stringify(text)} is not a sha256 digest`);
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The 64 digits without the algorithm. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
