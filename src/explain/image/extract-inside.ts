import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import type { Entry } from '../../layer/entry.ts';
import { extractTree } from '../../layer/extract.ts';
import type { Extracted } from '../../layer/extract.ts';
import { changed, readLayer } from '../../layer/read-layer.ts';
import { hardLink } from '../../layer/tree.ts';
import type { ExplainRequest } from '../types.ts';
import { whatIs } from '../what.ts';
import { nodeAt, openInside } from './inside.ts';
import type { Inside } from './inside.ts';
import { withUnpacked } from './packed.ts';

/** See `extractTo`. */
export async function extractInside(
  ctx: Ctx,
  request: ExplainRequest,
  from: string,
  dest: string,
): Promise<Extracted> {
  const thing = await whatIs(ctx, request.what);
  if (thing.kind === 'packed archive')
    return withUnpacked(ctx, thing.path, async (what) =>
      extractOf(ctx, { ...request, what, called: request.what }, from, dest),
    );
  if (thing.kind === 'image') return extractOf(ctx, { ...request, what: thing.name }, from, dest);
  throw new ToolError('UNSUPPORTED', `${request.what} is no image`, {
    hint: 'Files that are not in an image can be copied: cp -a',
  });
}

async function extractOf(ctx: Ctx, request: ExplainRequest, from: string, dest: string): Promise<Extracted> {
  const inside = await openInside(ctx, request);
  const node = nodeAt(inside, from);
  const target = path.resolve(ctx.cwd, dest);
  if (inside.merged.nodes.type(node) === 'directory')
    return extractTree(entriesBelow(inside, node, ''), target, { signal: ctx.signal });
  const isThere = await fs.stat(target).then(
    (stat) => stat.isDirectory(),
    () => false,
  );
  const into = isThere || dest.endsWith('/') ? path.join(target, path.posix.basename(from)) : target;
  return extractTree(entriesBelow(inside, node, path.basename(into)), path.dirname(into), {
    signal: ctx.signal,
  });
}

/** A node and all below it, each entry read from the layer that has it. `name`: where the node itself goes. */
async function* entriesBelow(inside: Inside, top: number, name: string): AsyncGenerator<Entry> {
  const wanted = wantedOf(inside, top, name);
  for (const [layer, byEntry] of wanted.entries()) {
    const view = inside.layers[layer];
    if (!view || byEntry.size === 0) continue;
    let index = 0;
    let found = 0;
    // To the layer's end, where its digest is checked.
    for await (const entry of readLayer(view)) {
      const places = byEntry.get(index++);
      const [first, ...links] = places ?? [];
      if (first === undefined) continue;
      found++;
      yield { ...entry, path: first };
      for (const link of links) yield hardLink({ ...entry, path: link }, first);
    }
    if (found !== byEntry.size) throw changed('an entry');
  }
}

/** For each layer the entries that are needed of it, and where they go: a content to all its names, other things to their own. */
function wantedOf({ merged, layers }: Inside, top: number, name: string): Map<number, string[]>[] {
  const { nodes, contents } = merged;
  const wanted = layers.map(() => new Map<number, string[]>());
  const left = [{ node: top, place: name }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { node, place } = next;
    const content = nodes.content(node);
    const layer = content >= 0 ? contents.layers[content] : nodes.layer(node);
    const entry = content >= 0 ? contents.entries[content] : nodes.entry(node);
    const entries = wanted[layer ?? -1];
    // A hard link to what has no content (a symbolic link, an empty file) has none of its own to be read.
    if (entries && entry !== undefined && place !== '') {
      const places = entries.get(entry);
      if (places) places.push(place);
      else entries.set(entry, [place]);
    }
    for (const child of nodes.children(node))
      left.push({ node: child, place: place === '' ? nodes.name(child) : `${place}/${nodes.name(child)}` });
  }
  return wanted;
}
