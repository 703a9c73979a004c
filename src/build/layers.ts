import { ToolError } from '../core/errors.ts';
import type { SolvedLayer } from '../solve/graph.ts';
import type { LayerBlob } from '../snapshot/types.ts';

/** A layer of an image that is being put together: it is a blob now. */
export interface ImageLayer extends LayerBlob {
  readonly what: string;
  /** The same for the image's history, where that says more. */
  readonly history?: string;
  readonly reused: boolean;
}

/** Layers of ops that write blobs at once, as the Go way's do. */
export function imageLayers(layers: readonly SolvedLayer[]): ImageLayer[] {
  return layers.map(({ blob, what, reused }) => {
    if (!blob) throw new ToolError('INTERNAL', 'a layer is no blob yet');
    return { ...blob, what, reused };
  });
}
