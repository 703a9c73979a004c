import { createHash } from 'node:crypto';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { mapLimit } from '../core/concurrency.ts';
import type { Digest } from '../oci/digest.ts';
import type { Layer } from '../oci/image.ts';
import { platformImage, openTarget } from '../oci/view.ts';
import { parseReference } from '../oci/reference.ts';
import type { Engine } from '../solve/solver.ts';
import type { SolvedLayer } from '../solve/graph.ts';
import type { Store } from '../store/store.ts';
import { pullInto } from './pull.ts';
import type { BuildRequest } from './types.ts';

/** What one reading of a layer found; kept in the store's cache under the layer's digest. */
interface LayerFacts {
  readonly diffId: Digest;
  /** Bytes. */
  readonly uncompressedSize: number;
}

/** An image that exists already: its blobs are brought into the store as they are, and each layer is proven against its diffID. */
export function sourceEngine(ctx: Ctx, store: Store, request: BuildRequest): Engine<'source'> {
  return {
    key: async () => undefined, // the store itself is the cache: what is there is not fetched again
    run: async (op) => {
      const reference = { ...parseReference(op.reference), digest: op.digest };
      const descriptor = await pullInto(ctx, store, request.registries, reference, op.platform);
      const image = await platformImage(await openTarget(store.blobs, descriptor), op.platform);
      const [config, layers] = await Promise.all([image.config(), image.layers()]);
      return { config, layers: await mapLimit(layers, 2, async (layer) => proven(store, layer)) };
    },
  };
}

async function proven(store: Store, layer: Layer): Promise<SolvedLayer> {
  const facts = (await store.cache.get<LayerFacts>('layers', layer.digest)) ?? (await read(store, layer));
  if (facts.diffId !== layer.diffId) {
    throw new ToolError(
      'IMAGE_INVALID',
      `layer ${layer.digest} unpacks to ${facts.diffId}, but the config says ${layer.diffId}`,
      {
        hint: 'The base image is broken or was tampered with; name another one with --base.',
      },
    );
  }
  return {
    id: `diff:${layer.diffId}`,
    what: '',
    reused: true,
    blob: {
      descriptor: { mediaType: layer.mediaType, digest: layer.digest, size: layer.size },
      diffId: layer.diffId,
      uncompressedSize: facts.uncompressedSize,
    },
  };
}

async function read(store: Store, layer: Layer): Promise<LayerFacts> {
  const { unpackLayer } = await import('../layer/read-layer.ts');
  const hash = createHash('sha256');
  let uncompressedSize = 0;
  for await (const chunk of unpackLayer(layer)) {
    hash.update(chunk);
    uncompressedSize += chunk.length;
  }
  const facts: LayerFacts = { diffId: `sha256:${hash.digest('hex')}`, uncompressedSize };
  await store.cache.set('layers', layer.digest, facts);
  return facts;
}
