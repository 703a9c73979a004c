import { openLayout } from '../../archive/layout.ts';
import { ToolError } from '../../core/errors.ts';
import type { ResolvedImage } from '../../dockerfile/frontend.ts';
import type { Descriptor, Platform } from '../../oci/types.ts';
import type { Images } from './images.ts';

/** Where an image in an OCI layout stands: by tag, by digest, or the only one there is. */
export interface LayoutSpec {
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** The annotation by which a layout names its images (OCI image-spec, annotations.md). */
const refName = 'org.opencontainers.image.ref.name';

/** @throws ToolError NOT_FOUND, IMAGE_INVALID */
export async function layoutImage(
  images: Images,
  text: string,
  { path, tag, digest }: LayoutSpec,
  platform: Platform,
): Promise<ResolvedImage> {
  const { source, index, descriptor } = await openLayout(path);
  const found =
    digest === undefined
      ? byTag(index.manifests, tag)
      : index.manifests.filter((one) => one.digest === digest);
  const [only, more] = found;
  // Several without names are the platforms of one image.
  const root = more && tag === undefined && digest === undefined ? descriptor : only;
  if (root) return images.fromSource(text, source, root, platform);
  const names = index.manifests.map((one) => one.annotations?.[refName] ?? one.digest);
  throw new ToolError('NOT_FOUND', `${path} has no image ${tag ?? digest ?? ''}`, {
    hint: names.length === 0 ? 'It is empty.' : `It has ${names.join(', ')}.`,
  });
}

function byTag(manifests: readonly Descriptor[], tag: string | undefined): readonly Descriptor[] {
  if (tag === undefined) return manifests;
  return manifests.filter(({ annotations }) => {
    const name = annotations?.[refName];
    return name === tag || name?.endsWith(`:${tag}`) === true;
  });
}
