import { closest } from '../../core/closest.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import type { Layer } from '../../oci/image.ts';
import { openStore } from '../../store/store.ts';
import { breathing } from '../files/breath.ts';
import { mergeScans } from '../files/merge.ts';
import type { Merged } from '../files/merge.ts';
import type { ExplainRequest } from '../types.ts';
import { openImage } from './open-image.ts';
import { scanLayers } from './scan-layers.ts';
import type { ScannedLayer } from './scan-layer.ts';

/** An image whose files can be asked for. */
export interface Inside {
  /** For people. */
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly scanned: readonly ScannedLayer[];
  readonly merged: Merged;
}

/** Reads an image's layers for what is in them. A damaged one is an error here: what it holds would not be what it should be. */
export async function openInside(ctx: Ctx, request: ExplainRequest): Promise<Inside> {
  const { image, name, proven } = await openImage(ctx, request);
  const layers = await image.layers();
  const store = await openStore(ctx);
  const scanned = await scanLayers(ctx, layers, { store, proven, spool: undefined });
  for (const [index, { problem }] of scanned.entries()) {
    if (problem !== undefined)
      throw new ToolError('IMAGE_INVALID', `layer ${index + 1} of ${name} is damaged: ${problem}`, {
        hint: 'Fetch or build the image again.',
      });
  }
  const merged = await mergeScans(
    scanned.map(({ scan }) => scan),
    breathing(ctx.signal),
  );
  return { name, layers, scanned, merged };
}

/** The node at a path of the image, links followed. @throws ToolError NOT_FOUND with the name that is nearest */
export function nodeAt({ merged: { nodes }, name }: Inside, path: string): number {
  const clean = path.replace(/^\/+/, '').replace(/\/+$/, '');
  const node = nodes.follow(clean);
  if (node >= 0 && nodes.alive(node)) return node;
  const link = nodes.find(clean);
  if (link >= 0 && nodes.type(link) === 'symlink')
    throw new ToolError('NOT_FOUND', `/${clean} of ${name} is a symbolic link that leads to nothing`, {
      hint: 'Where it points, no layer has a file: coracle explain --json tells the links.',
    });
  const slash = clean.lastIndexOf('/');
  const directory = nodes.follow(slash === -1 ? '' : clean.slice(0, slash));
  const names =
    directory < 0 ? [] : [...nodes.children(directory)].slice(0, mostNames).map((child) => nodes.name(child));
  const near = closest(clean.slice(slash + 1), names);
  throw new ToolError('NOT_FOUND', `${name} has no /${clean}`, {
    hint:
      near === undefined
        ? 'coracle explain --json, or its view, shows which files there are.'
        : `Did you mean /${slash === -1 ? '' : `${clean.slice(0, slash)}/`}${near}?`,
  });
}

/** Names that are compared with one that was mistyped. */
const mostNames = 10_000;
