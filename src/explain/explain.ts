import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { Bytes } from '../oci/image.ts';
import type { Extracted } from '../layer/extract.ts';
import type { ExplainRequest, Explanation } from './types.ts';
import { whatIs } from './what.ts';

/**
 * Explains an image, a program or a directory, whichever `request.what` names.
 * @throws ToolError NOT_FOUND, UNSUPPORTED for a file that is none of them, and what each of them gives
 */
export async function explain(ctx: Ctx, request: ExplainRequest): Promise<Explanation> {
  const thing = await whatIs(ctx, request.what);
  if (thing.kind === 'binary' || thing.kind === 'directory') warnOfPlatform(ctx, request);
  switch (thing.kind) {
    case 'binary': {
      const { explainBinary } = await import('./binary.ts');
      return explainBinary(ctx, request.what, thing.path);
    }
    case 'directory': {
      const { explainDirectory } = await import('./files/directory.ts');
      return explainDirectory(ctx, request, thing.path);
    }
    case 'packed archive': {
      const { withUnpacked } = await import('./image/packed.ts');
      const { explainImage } = await import('./image/explain-image.ts');
      return withUnpacked(ctx, thing.path, async (what) =>
        explainImage(ctx, { ...request, what, called: request.what }),
      );
    }
    case 'image':
    default: {
      const { explainImage } = await import('./image/explain-image.ts');
      try {
        return await explainImage(ctx, { ...request, what: thing.name });
      } catch (error) {
        const { withNearFile } = await import('./near-file.ts');
        throw await withNearFile(ctx, request.what, error);
      }
    }
  }
}

/** Files are for the platform that they are for. */
function warnOfPlatform(ctx: Ctx, { what, platform }: ExplainRequest): void {
  if (platform === undefined) return;
  ctx.emit({
    kind: 'warning',
    message: `${what} is explained as it is: --platform ${platform} chooses among the images of an index, or what Go source is built for`,
    hint: 'Leave --platform out.',
  });
}

/**
 * The reconstructed Dockerfile of an image, for which its manifest and config are read and no layer.
 * @throws ToolError as `explain`; USAGE for what is no image
 */
export async function dockerfileOf(ctx: Ctx, request: ExplainRequest): Promise<string> {
  const thing = await whatIs(ctx, request.what);
  const reconstruct = async (what: string): Promise<string> => {
    const { openImage } = await import('./image/open-image.ts');
    const { reconstructDockerfile } = await import('./image/dockerfile.ts');
    const { image, name } = await openImage(ctx, {
      ...request,
      what,
      ...(thing.kind === 'packed archive' ? { called: request.what } : {}),
    });
    return reconstructDockerfile(await image.config(), name);
  };
  if (thing.kind === 'image') return reconstruct(thing.name);
  if (thing.kind === 'packed archive') {
    const { withUnpacked } = await import('./image/packed.ts');
    return withUnpacked(ctx, thing.path, reconstruct);
  }
  throw new ToolError('USAGE', `${request.what} is no image: there is no Dockerfile to reconstruct`, {
    hint: 'Only an image has a history.',
  });
}

/**
 * The bytes of a file inside an image (or of a directory that is explained), links followed, never out of it.
 * @param path from the image's root, with or without a slash before it
 * @throws ToolError NOT_FOUND, with the names that are near; UNSUPPORTED for what has no bytes
 */
export async function* readFileOf(
  ctx: Ctx,
  request: ExplainRequest,
  path: string,
): Bytes & AsyncGenerator<Uint8Array> {
  const { readInside } = await import('./image/read-inside.ts');
  yield* readInside(ctx, request, path);
}

/**
 * Writes a file or directory of an image to `dest`, a path taken from the current directory; a directory with all that is in it.
 * @throws ToolError NOT_FOUND, FILE_UNWRITABLE, ARCHIVE_UNSAFE
 */
export async function extractTo(
  ctx: Ctx,
  request: ExplainRequest,
  path: string,
  dest: string,
): Promise<Extracted> {
  const { extractInside } = await import('./image/extract-inside.ts');
  return extractInside(ctx, request, path, dest);
}
