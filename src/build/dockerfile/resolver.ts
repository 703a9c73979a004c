import { onceMap } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import type { ResolvedImage, Resolver } from '../../dockerfile/frontend.ts';
import { formatPlatform } from '../../oci/platform.ts';
import type { Tree } from '../../snapshot/types.ts';
import type { Vertex } from '../../solve/graph.ts';
import type { Store } from '../../store/store.ts';
import type { BuildRequest } from '../types.ts';
import type { Images } from './images.ts';
import { layoutImage } from './layout-image.ts';
import type { OpenedSource } from './source.ts';

/** What the frontend may ask of the world in this build. The same question gives the same vertex, so that it is answered once. */
export function resolverOf(
  ctx: Ctx,
  store: Store,
  source: OpenedSource,
  images: Images,
  request: BuildRequest,
): Resolver {
  const resolved = onceMap<ResolvedImage>();
  const vertices = new Map<string, Vertex>();
  const tree = (identifier: string, name: string | undefined, open: () => Promise<Tree>): Vertex => {
    const known = vertices.get(identifier);
    if (known) return known;
    const vertex: Vertex = {
      op: { kind: 'tree', identifier, open },
      inputs: [],
      ...(name === undefined ? {} : { name }),
    };
    vertices.set(identifier, vertex);
    return vertex;
  };
  const image: Resolver['image'] = async (reference, platform) =>
    resolved(`${reference} ${formatPlatform(platform)}`, async () => images.resolve(reference, platform));
  return {
    image,
    context: () => tree('local://context', undefined, source.context),
    named: async (name, platform) => {
      const text = request.dockerfile.contexts[name];
      if (text === undefined) return undefined;
      const spec = await source.readSpec(text, name);
      switch (spec.kind) {
        case 'image':
          return { image: await image(spec.reference, platform) };
        case 'layout':
          return {
            image: await resolved(`${text} ${formatPlatform(platform)}`, async () =>
              layoutImage(images, text, spec, platform),
            ),
          };
        default:
          return { vertex: tree(`local://${name}`, undefined, async () => source.open(spec, name)) };
      }
    },
    http: (url, { checksum }) =>
      tree(`${url} ${checksum ?? ''}`, `load ${url}`, async () => {
        const { openUrl } = await import('../../context/http.ts');
        source.passing();
        return openUrl(ctx, store, url, { ...(checksum === undefined ? {} : { checksum }) });
      }),
    git: (url, options) =>
      tree(`git ${url} ${JSON.stringify(options)}`, `load ${url}`, async () => {
        const { openGit } = await import('../../context/git.ts');
        source.passing();
        return openGit(ctx, url, options);
      }),
  };
}
