import { createReadStream } from 'node:fs';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { fileError } from '../../core/files.ts';
import type { Bytes } from '../../oci/image.ts';
import { pathBelow } from '../files/path-below.ts';
import type { ExplainRequest } from '../types.ts';
import { whatIs } from '../what.ts';
import { openContent } from './contents.ts';
import { nodeAt, openInside } from './inside.ts';
import { fromUnpacked } from './packed.ts';

/** See `readFileOf`. */
export async function* readInside(
  ctx: Ctx,
  request: ExplainRequest,
  path: string,
): Bytes & AsyncGenerator<Uint8Array> {
  const thing = await whatIs(ctx, request.what);
  if (thing.kind === 'directory') yield* readBelow(thing.path, path);
  else if (thing.kind === 'packed archive') {
    yield* fromUnpacked(ctx, thing.path, (what) =>
      readOfImage(ctx, { ...request, what, called: request.what }, path),
    );
  } else if (thing.kind === 'image') yield* readOfImage(ctx, { ...request, what: thing.name }, path);
  else {
    throw new ToolError('UNSUPPORTED', `${request.what} is a program, which has no files in it`, {
      hint: 'Name an image or a directory.',
    });
  }
}

async function* readOfImage(
  ctx: Ctx,
  request: ExplainRequest,
  path: string,
): Bytes & AsyncGenerator<Uint8Array> {
  const inside = await openInside(ctx, request);
  const { nodes, contents } = inside.merged;
  const node = nodeAt(inside, path);
  const type = nodes.type(node);
  if (type !== 'file') throw noBytes(`/${nodes.path(node)}`, type);
  const content = nodes.content(node);
  const layer = contents.layers[content] ?? -1;
  const [view, scanned] = [inside.layers[layer], inside.scanned[layer]];
  // One without bytes has no content.
  if (content >= 0 && view && scanned) yield* openContent(view, scanned, contents.entries[content] ?? 0);
}

async function* readBelow(root: string, path: string): Bytes & AsyncGenerator<Uint8Array> {
  const { file, stat } = await pathBelow(root, path);
  if (!stat.isFile()) throw noBytes(path, stat.isDirectory() ? 'directory' : 'special file');
  try {
    for await (const chunk of createReadStream(file)) if (chunk instanceof Uint8Array) yield chunk;
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}

function noBytes(path: string, type: string): ToolError {
  return new ToolError('UNSUPPORTED', `${path} is a ${type}, not a file with bytes`, {
    hint: type === 'directory' ? 'Name a file in it, or take all of it with --extract.' : 'Name a file.',
  });
}
