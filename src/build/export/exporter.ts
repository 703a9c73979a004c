import type { Ctx } from '../../core/ctx.ts';
import type { Image, ImageIndex } from '../../oci/image.ts';
import type { Store } from '../../store/store.ts';
import type { BuiltImage, Output } from '../types.ts';

/** One built image in the store, as an exporter gets it. */
export interface Exportable {
  readonly image: BuiltImage;
  readonly target: Image | ImageIndex;
}

/** Writes results to where the user wants them besides the store. One exporter per `type=` of `--output`. */
export type Exporter = (
  results: readonly Exportable[],
  output: Output,
  tools: { ctx: Ctx; store: Store },
) => Promise<void>;
