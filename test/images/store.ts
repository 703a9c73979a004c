import type { Ctx } from '../../src/core/ctx.ts';
import type { Descriptor } from '../../src/oci/types.ts';
import { copyTarget, storeSink } from '../../src/registry/transfer.ts';
import { openStore } from '../../src/store/store.ts';
import { addImage, addIndex, memorySource } from '../oci/memory-source.ts';

export interface Filled {
  /** One image for linux/amd64, named docker.io/library/one:1. */
  readonly one: Descriptor;
  /** An index for amd64 and arm64, named docker.io/library/both:latest. */
  readonly both: Descriptor;
}

/** Puts a small image and an index into the store of a test. */
export async function fillStore(ctx: Ctx): Promise<Filled> {
  const source = memorySource();
  const one = addImage(source, { os: 'linux', architecture: 'amd64' }, ['one']);
  const manifests = (['amd64', 'arm64'] as const).map((architecture) => {
    const platform = { os: 'linux', architecture };
    return { ...addImage(source, platform, ['shared', architecture]), platform };
  });
  const both = addIndex(source, manifests);
  const store = await openStore(ctx);
  for (const [name, descriptor] of [
    ['docker.io/library/one:1', one],
    ['docker.io/library/both:latest', both],
  ] as const) {
    await copyTarget({ source, descriptor }, storeSink(store.blobs));
    await store.refs.set(name, descriptor);
  }
  return { one, both };
}
