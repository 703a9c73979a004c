import { ToolError } from '../core/errors.ts';
import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobSource, Bytes } from '../oci/image.ts';
import type { Descriptor } from '../oci/types.ts';
import { checkSmall, verifyBytes, verifyStream } from '../oci/verify.ts';
import type { FileSet, Member } from './files.ts';
import { blobPath } from './format.ts';

/** A member from bytes in memory. */
export function memberOf(bytes: Uint8Array): Member {
  return {
    size: bytes.byteLength,
    open: async function* () {
      yield bytes;
    },
  };
}

/** A verified source over files that can be found by digest. */
export function memberSource(
  where: string,
  find: (digest: Digest) => Promise<Member | undefined>,
): BlobSource {
  const get = async ({ digest, size }: Descriptor): Promise<Member> => {
    const member = await find(digest);
    if (!member)
      throw new ToolError('NOT_FOUND', `${where} has no blob ${digest}`, {
        hint: 'It is not complete: make or fetch it again.',
      });
    if (member.size !== size) {
      throw new ToolError(
        'BLOB_CORRUPT',
        `${where}: ${digest} has ${member.size} bytes where ${size} were promised`,
      );
    }
    return member;
  };
  return {
    read: async (descriptor) => {
      checkSmall(descriptor);
      const chunks: Uint8Array[] = [];
      for await (const chunk of (await get(descriptor)).open()) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      verifyBytes(bytes, descriptor, where);
      return bytes;
    },
    open: (descriptor) =>
      verifyStream(
        lazily(async () => (await get(descriptor)).open()),
        descriptor,
        where,
      ),
    locate: async (descriptor) => (await get(descriptor)).place,
  };
}

/** The blobs of a layout; `extra` are bytes that are no blob of it but are asked for by digest too. */
export function layoutSource(files: FileSet, extra: readonly Uint8Array[] = []): BlobSource {
  const own = new Map(extra.map((bytes) => [digestOf(bytes), memberOf(bytes)]));
  return memberSource(files.where, async (digest) => own.get(digest) ?? files.find(blobPath(digest)));
}

async function* lazily(open: () => Promise<Bytes>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* await open();
}
