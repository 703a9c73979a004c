import type { BuildResult, BuiltImage } from '../build/types.ts';

/** The document of `coracle build --json`; its schema is docs/schemas/build.schema.json. */
export function buildDocument(result: BuildResult): { readonly schema: string } {
  return { schema: 'coracle.build/v1', ...result };
}

/** What `--metadata-file` holds, with the names that buildx gives; for several images, one such object by program. */
export function metadataOf(result: BuildResult): Record<string, unknown> {
  const [first] = result.images;
  if (first && result.images.length === 1) return imageMetadata(first);
  return Object.fromEntries(result.images.map((image) => [image.program, imageMetadata(image)]));
}

function imageMetadata(image: BuiltImage): Record<string, unknown> {
  const [only] = image.platforms;
  return {
    ...(only && image.platforms.length === 1 ? { 'containerimage.config.digest': only.configDigest } : {}),
    'containerimage.descriptor': image.descriptor,
    'containerimage.digest': image.descriptor.digest,
    ...(image.references.length > 0 ? { 'image.name': image.references.join(',') } : {}),
  };
}

/** The image ID as buildx gives it: the config's digest of a single image, the digest of an index. */
export function imageId(image: BuiltImage): string {
  const [only] = image.platforms;
  return only && image.platforms.length === 1 ? only.configDigest : image.descriptor.digest;
}
