import path from 'node:path';
import { ToolError } from '../core/errors.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { Digest } from '../oci/digest.ts';
import type { BuildRequest, BuiltImage } from './types.ts';

/**
 * The full names of an image. Without tags, the program's own name; with several programs, each tag is where they all go:
 * `registry/team:1` becomes `registry/team/NAME:1`.
 */
export function referencesOf(
  request: BuildRequest,
  program: { readonly name: string },
  programs: number,
): string[] {
  if (request.tags.length === 0)
    return [formatReference(withDefaultTag(parseReference(imageName(program.name))))];
  return request.tags.map((tag) => {
    const reference = withDefaultTag(parseReference(tag));
    if (programs === 1) return formatReference(reference);
    return formatReference({
      ...reference,
      repository: path.posix.join(reference.repository, imageName(program.name)),
    });
  });
}

/** A program's name as a repository may be called: lower case, and only what the grammar allows. */
function imageName(name: string): string {
  const clean = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/[._-]*([._-])[._-]*/g, '$1')
    .replace(/^[._-]+|[._-]+$/g, '');
  if (clean === '')
    throw new ToolError('USAGE', `no image can be named after the program ${name}`, {
      hint: 'Name it with --tag.',
    });
  return clean;
}

/** Every blob that an image consists of. */
export function blobsOf(image: BuiltImage): Digest[] {
  const parts = image.platforms.flatMap((platform) => [
    platform.descriptor.digest,
    platform.configDigest,
    ...platform.layers.map((layer) => layer.digest),
  ]);
  return [...new Set([image.descriptor.digest, ...parts])];
}
