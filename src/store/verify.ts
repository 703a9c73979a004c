import { sha256File } from '../core/files.ts';
import type { Digest } from '../oci/digest.ts';
import { setAside } from './blobs.ts';
import type { BlobStore } from './blobs.ts';
import { listBlobs } from './inventory.ts';
import type { Place } from './place.ts';
import { reach } from './reach.ts';
import type { RefStore } from './refs.ts';

export interface Verdict {
  readonly digest: Digest;
  readonly ok: boolean;
  /** `corrupt`: other bytes, set aside. `missing`: a named image needs it and it is not there. */
  readonly why?: 'corrupt' | 'missing';
}

/** Hashes every blob, then looks whether every name has all it needs. */
export async function* verify(
  place: Place,
  blobs: BlobStore,
  refs: RefStore,
): AsyncGenerator<Verdict, void, undefined> {
  for (const { digest, file } of await listBlobs(place.root)) {
    const actual = await sha256File(file).catch(() => undefined);
    if (actual === undefined && (await blobs.has(digest)) === undefined) continue; // removed meanwhile
    const ok = `sha256:${actual}` === digest;
    if (!ok) await setAside(place, digest, file);
    yield ok ? { digest, ok } : { digest, ok, why: 'corrupt' };
  }
  const names = await refs.list();
  const { required } = await reach(
    blobs,
    names.map((ref) => ref.descriptor),
  );
  for (const digest of required) {
    if ((await blobs.has(digest)) === undefined) yield { digest, ok: false, why: 'missing' };
  }
}
