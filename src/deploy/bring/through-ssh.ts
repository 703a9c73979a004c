import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { manifestType } from '../../oci/check.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Descriptor } from '../../oci/types.ts';
import { serveImage } from '../../registry/serve.ts';
import { openStore } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import type { Release } from '../types.ts';
import type { Way } from './way.ts';

/** Milliseconds between two words on how far it is. */
const pace = 500;

/** Hosts pull from a registry of our store, whose port the connection carries to their loopback; so only the layers travel that they lack. */
export async function openTunnelWay(ctx: Ctx, digest: Digest, release: Release): Promise<Way> {
  const store = await openStore(ctx);
  const server = await serveImage(store.blobs, await describe(store, digest));
  return {
    from: 'through ssh',
    async bring({ agent, remote }, progress) {
      const { port, sent } = await server.listen();
      const far = await remote.reverse(port);
      let told = 0;
      const timer = setInterval(() => {
        if (sent() === told) return;
        told = sent();
        progress(`${size(told)} sent`);
      }, pace);
      try {
        const image = await agent.pull(`127.0.0.1:${far}/${server.name}`, release, { plainHttp: true });
        return { image, note: `${size(sent())} sent` };
      } catch (error) {
        // The runtime only knows that it did not get a layer; why not, we know.
        throw server.problem() ?? error;
      } finally {
        clearInterval(timer);
      }
    },
    close: async () => server.close(),
  };
}

/** @throws ToolError NOT_FOUND */
async function describe(store: Store, digest: Digest): Promise<Descriptor> {
  const size = await store.blobs.has(digest);
  if (size === undefined)
    throw new ToolError('NOT_FOUND', `the store has no image ${digest}`, { hint: 'Build it, or pull it.' });
  const anyType = { mediaType: '', digest, size };
  return { ...anyType, mediaType: manifestType(await store.blobs.read(anyType)) };
}

function size(bytes: number): string {
  return bytes < 100_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
