import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import { registryOptions, type RegistryAccess } from '../images/registries.ts';
import { resolveSource, type Source } from '../images/source.ts';
import { hexOf, type Digest } from '../oci/digest.ts';
import { isIndex, type Image } from '../oci/image.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import { openTarget } from '../oci/view.ts';
import type { DeployImage, DeploySettings } from './types.ts';

/**
 * The image that a text names, with all that a deploy must know of it: in the store first, then at its registry; a digest, or the beginning of
 * one, in the store.
 * @throws ToolError NOT_FOUND, REFERENCE_INVALID, USAGE for an archive, and whatever a registry gives
 */
export async function findDeployImage(
  ctx: Ctx,
  text: string,
  images: DeploySettings['images'],
  access: RegistryAccess,
): Promise<DeployImage> {
  const source = await resolveSource(ctx, text, access);
  const { place, descriptor } = source;
  if (place.kind !== 'store' && place.kind !== 'registry')
    throw new ToolError('USAGE', `${text} is an archive, and a release comes from the store or a registry`, {
      hint: `coracle copy ${text} store:NAME puts it into the store.`,
    });
  const { version, ...described } = await describe(source);
  return {
    digest: descriptor.digest,
    stored: place.kind === 'store',
    repository: await repositoryOf(ctx, source, place, images, access),
    ...described,
    version: plain(version ?? '') || versionOf(place.reference, descriptor.digest),
  };
}

/** Where a registry has it under its digest. Only asked where the name says a registry and hosts may use one. */
async function repositoryOf(
  ctx: Ctx,
  { descriptor, name }: Source,
  place: { readonly kind: 'store' | 'registry'; readonly reference: Reference },
  images: DeploySettings['images'],
  access: RegistryAccess,
): Promise<string | undefined> {
  const { registry, repository } = place.reference;
  const full = formatReference({ registry, repository });
  if (place.kind === 'registry') return full;
  // A short name (`gin-api`) is Docker Hub's by the grammar, and nobody's by what people mean.
  if (images === 'ssh' || (images === 'auto' && registry === 'docker.io')) return undefined;
  const there = await isThere(ctx, { registry, repository, digest: descriptor.digest }, access);
  if (there) return full;
  if (images === 'auto') return undefined;
  throw new ToolError('NOT_FOUND', `${full} does not have ${name}, and hosts are to pull it from there`, {
    hint: `coracle push ${name} puts it there; deploy.images: auto sends it through ssh.`,
  });
}

/** One HEAD, tried once more: the way through ssh is as good, and a registry that is down must not hold up a deploy. */
async function isThere(ctx: Ctx, reference: Reference, access: RegistryAccess): Promise<boolean> {
  const { createRegistry } = await import('../registry/client.ts');
  const registry = createRegistry(ctx, { ...(await registryOptions(access)), retry: { attempts: 2 } });
  try {
    return (await registry.head(reference)) !== undefined;
  } catch (error) {
    if (!isToolError(error) || error.code === 'INTERRUPTED') throw error;
    ctx.emit({
      kind: 'warning',
      message: `cannot ask ${reference.registry} for the image: ${error.message}`,
    });
    return false;
  }
}

/** Platforms, ports and variables, and the version or the commit that annotations or labels say (OCI image-spec, annotations.md). */
async function describe(source: Source): Promise<
  Required<Pick<DeployImage, 'platforms' | 'exposed' | 'variables'>> & {
    readonly version: string | undefined;
  }
> {
  const target = await openTarget(source.source, source.descriptor);
  const images: readonly Image[] = isIndex(target) ? await childrenOf(target) : [target];
  const configs = await Promise.all(images.map(async (image) => image.config()));
  const said = {
    ...configs[0]?.config?.Labels,
    ...(images[0] && (await images[0].manifest()).annotations),
    ...(isIndex(target) ? (await target.index()).annotations : {}),
  };
  const version = said['org.opencontainers.image.version'];
  const revision = said['org.opencontainers.image.revision']?.slice(0, 12);
  const { ExposedPorts = {}, Env = [] } = configs[0]?.config ?? {};
  return {
    platforms: configs.map((config) => formatPlatform(config)),
    exposed: Object.keys(ExposedPorts),
    variables: Env.map((variable) => variable.replace(/=.*$/s, '')),
    version: version ?? revision,
  };
}

/** The images for platforms; attestations have none. */
async function childrenOf(target: Exclude<Awaited<ReturnType<typeof openTarget>>, Image>): Promise<Image[]> {
  const { manifests } = await target.index();
  const real = manifests.filter(({ platform }) => platform === undefined || platform.os !== 'unknown');
  const children = await Promise.all(real.map(async (child) => target.child(child)));
  return children.flatMap((child) => (isIndex(child) ? [] : [child]));
}

/** The tag, unless it says nothing; then the beginning of the digest. */
function versionOf({ tag }: Reference, digest: Digest): string {
  return tag === undefined || tag === 'latest' ? hexOf(digest).slice(0, 12) : tag;
}

/** What an image says of itself is written by whoever made it. */
function plain(version: string): string {
  return version.replaceAll(/[^\w.+:@/-]/g, '_').slice(0, 64);
}
