import { createHash } from 'node:crypto';
import type { Digest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/types.ts';
import type { Descriptor } from '../oci/types.ts';
import type { Member } from './files.ts';

/**
 * The descriptor of a layer that is only a file. One that is not compressed is its own diff id, and one that lies where a layout has its
 * blobs is called by its digest: both are proven when they are read. Of others the digest is found by reading them once.
 * @param name in the archive
 */
export async function describeLayer(name: string, member: Member, diffId: Digest): Promise<Descriptor> {
  const magic = await firstBytes(member, 4);
  const mediaType = magic.startsWith('1f8b')
    ? mediaTypes.dockerLayerGzip
    : magic === '28b52ffd'
      ? mediaTypes.ociLayerZstd
      : mediaTypes.dockerLayer;
  return {
    mediaType,
    digest:
      mediaType === mediaTypes.dockerLayer ? diffId : (digestIn(name) ?? (await digestOfMember(member))),
    size: member.size,
  };
}

async function firstBytes(member: Member, count: number): Promise<string> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of member.open()) {
    bytes = Buffer.concat([bytes, chunk.subarray(0, count)]);
    if (bytes.length >= count) break;
  }
  return bytes.subarray(0, count).toString('hex');
}

function digestIn(name: string): Digest | undefined {
  const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(name)?.[1];
  return hex === undefined ? undefined : `sha256:${hex}`;
}

async function digestOfMember(member: Member): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of member.open()) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
