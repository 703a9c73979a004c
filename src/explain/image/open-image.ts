import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import { resolveSource } from '../../images/source.ts';
import { isIndex } from '../../oci/image.ts';
import type { Image, ImageIndex } from '../../oci/image.ts';
import { formatPlatform, hostPlatform, parsePlatform } from '../../oci/platform.ts';
import { openTarget, platformImage } from '../../oci/view.ts';
import type { ExplainRequest } from '../types.ts';

export interface OpenedImage {
  readonly image: Image;
  /** For people. */
  readonly name: string;
  /** What is found may be kept by its digest: it is not a file that the user wants looked at as it is now. */
  readonly proven: boolean;
}

/**
 * Finds the image that a text names: of an index the one for the platform that was asked for, else for this machine's, else the first.
 * @throws ToolError as resolveSource; NOT_FOUND when there is none for the platform
 */
export async function openImage(ctx: Ctx, request: ExplainRequest): Promise<OpenedImage> {
  const { source, descriptor, place, ...found } = await resolveSource(ctx, request.what, request.access);
  const name = request.called ?? found.name;
  const target = await openTarget(source, descriptor);
  const proven = place.kind === 'registry' || place.kind === 'store';
  if (request.platform !== undefined)
    return { image: await platformImage(target, parsePlatform(request.platform)), name, proven };
  return { image: isIndex(target) ? await anyImage(ctx, target, name) : target, name, proven };
}

/** The image for this machine, else the first that is for some machine: to be looked at, it need not run. */
async function anyImage(ctx: Ctx, target: ImageIndex, name: string): Promise<Image> {
  try {
    return await platformImage(target, hostPlatform());
  } catch (error) {
    const { manifests } = await target.index();
    // Attestations are for a platform of no name.
    const first = manifests.find(({ platform }) => platform !== undefined && platform.os !== 'unknown');
    if (!isToolError(error, 'NOT_FOUND') || first?.platform === undefined) throw error;
    const image = await platformImage(target, first.platform);
    const wanted = formatPlatform(first.platform);
    ctx.emit({
      kind: 'warning',
      message: `${name} has no image for ${formatPlatform(hostPlatform())}: explained is the one for ${wanted}`,
      hint: 'Name another with --platform.',
    });
    return image;
  }
}
