import type { Ctx } from '../../core/ctx.ts';
import { resolveSource } from '../../images/source.ts';
import { isIndex } from '../../oci/image.ts';
import type { Image } from '../../oci/image.ts';
import { hostPlatform, parsePlatform } from '../../oci/platform.ts';
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
 * Finds the image that a text names: of an index the one for the platform that was asked for, else for this machine's.
 * @throws ToolError as resolveSource; NOT_FOUND when there is none for the platform
 */
export async function openImage(ctx: Ctx, request: ExplainRequest): Promise<OpenedImage> {
  const { source, descriptor, place, ...found } = await resolveSource(ctx, request.what, request.access);
  const name = request.called ?? found.name;
  const target = await openTarget(source, descriptor);
  const proven = place.kind === 'registry' || place.kind === 'store';
  if (request.platform === undefined && !isIndex(target)) return { image: target, name, proven };
  const platform = request.platform === undefined ? hostPlatform() : parsePlatform(request.platform);
  return { image: await platformImage(target, platform), name, proven };
}
