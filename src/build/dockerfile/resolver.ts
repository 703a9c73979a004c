import { onceMap } from '../../core/concurrency.ts';
import { readNamedContext } from '../../context/locate.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import type { ResolvedImage, Resolver } from '../../dockerfile/frontend.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { formatReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import type { Platform } from '../../oci/types.ts';
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
    context: () => tree('local://context', undefined, async () => source.context),
    named: async (name, platform) => {
      const text = contextNamed(request.dockerfile.contexts, name, platform);
      if (text === undefined) return undefined;
      const { spec } = await readNamedContext(ctx, `${name}=${text}`);
      if (spec.kind === 'image') return { image: await image(spec.reference, platform) };
      if (spec.kind === 'layout') {
        const layout = async (): Promise<ResolvedImage> => layoutImage(images, text, spec, platform);
        return { image: await resolved(`${text} ${formatPlatform(platform)}`, layout) };
      }
      return { vertex: tree(`local://${name}`, undefined, async () => source.open(name, spec)) };
    },
    http: (url, { checksum }) =>
      tree(`${url} ${checksum ?? ''}`, `load ${url}`, async () => {
        const { openUrl } = await import('../../context/http.ts');
        source.passing();
        return openUrl(ctx, store, url, { ...(checksum === undefined ? {} : { checksum }) });
      }),
    git: (url, options) =>
      tree(`git ${url} ${JSON.stringify(options)}`, `load ${url}`, async () => {
        const [{ openGit }, { parseGitUrl }] = await Promise.all([
          import('../../context/git.ts'),
          import('../../context/git-url.ts'),
        ]);
        source.passing();
        const address = parseGitUrl(url);
        if (!address) throw new ToolError('DOCKERFILE_INVALID', `${url} is no address of a Git repository`);
        return (await openGit(ctx, store, address, options)).tree;
      }),
  };
}

/** As BuildKit: by the name as written or as an image's familiar name, each for this platform (`alpine::linux/arm64`) before all. */
function contextNamed(
  contexts: Readonly<Record<string, string>>,
  name: string,
  platform: Platform,
): string | undefined {
  const plain = familiar(name);
  const written = Object.entries(contexts).map(([key, text]) => {
    const [key0 = '', forPlatform] = key.split('::');
    return { name: familiar(key0), forPlatform, text };
  });
  const same = written.filter((one) => one.name === plain);
  return (
    same.find(({ forPlatform }) => forPlatform === formatPlatform(platform)) ??
    same.find(({ forPlatform }) => forPlatform === undefined)
  )?.text;
}

/** `docker.io/library/alpine:latest` is `alpine`; what is no reference stays as it is, in lower case. */
function familiar(name: string): string {
  try {
    const reference = withDefaultTag(parseReference(name));
    const short = formatReference(reference, { short: true });
    return reference.tag === 'latest' ? short.replace(/:latest$/, '') : short;
  } catch {
    return name.toLowerCase();
  }
}
