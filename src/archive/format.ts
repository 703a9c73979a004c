import { hexOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';

/** Names of an OCI layout's files (image-spec, image-layout.md), and of the one that makes it a Docker archive too. */
export const indexFile = 'index.json';
export const layoutFile = 'oci-layout';
export const manifestFile = 'manifest.json';

/** What `layoutFile` says. */
export const layoutMarker = '{"imageLayoutVersion":"1.0.0"}';

/** Where a layout keeps a blob. */
export function blobPath(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}
