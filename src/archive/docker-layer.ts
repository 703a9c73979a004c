import { createHash } from 'node:crypto';
import type { Digest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/types.ts';
import type { Descriptor } from '../oci/types.ts';
import type { Member } from './files.ts';

/**
 * The descriptor of a layer that is only a file. One that is not compressed is its own diff id, which is proven when it is read. Of others the
 * digest is found by reading them once: what they are called is no proof, and Docker loads them whatever it is.
 */
export async function describeLayer(member: Member, diffId: Digest): Promise<Descriptor> {
  const magic = await firstBytes(member, 4);
  const mediaType = magic.startsWith('1f8b')
    ? mediaTypes.dockerLayerGzip
    : magic === '28b52ffd'
      ? mediaTypes.ociLayerZstd
      : mediaTypes.dockerLayer;
  return {
    mediaType,
    digest: mediaType === mediaTypes.dockerLayer ? diffId : await digestOfMember(member),
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

async function digestOfMember(member: Member): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of member.open()) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
