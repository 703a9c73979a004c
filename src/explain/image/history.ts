import type { History, ImageConfig } from '../../oci/types.ts';
import type { LayerExplanation } from '../types.ts';

/** What made a layer, as far as the image says. */
export type Made = Pick<LayerExplanation, 'createdBy' | 'from'>;

/**
 * The instruction of each layer, from the history's entries that made one, in order. Where their number is not that of the layers, nobody
 * can say which made which.
 */
export function makersOf({ history = [], rootfs }: ImageConfig): readonly Made[] {
  const makers = history.filter((entry) => entry.empty_layer !== true);
  const unknown = makers.length !== rootfs.diff_ids.length;
  return rootfs.diff_ids.map((_, index) => (unknown ? nobody : madeBy(makers[index])));
}

const nobody: Made = { from: 'unknown' };
/** The history of a Go program's image names the vertices of the graph that it was built by; see build/image.ts. */
const ours = /^coracle build \(([^)]*)\)$/;

function madeBy(entry: History | undefined): Made {
  const text = entry?.created_by;
  if (text === undefined || text === '')
    return entry?.comment ? { createdBy: entry.comment, from: 'history' } : nobody;
  return { createdBy: text, from: ours.test(text) ? 'graph' : 'history' };
}

/** The instruction without what builders put around it: `#(nop)`, the shell, arguments, `# buildkit`. */
export function instructionOf(createdBy: string): string {
  const text = createdBy.replace(/\s*# buildkit\s*$/, '').trim();
  const nop = /^\/bin\/sh -c #\(nop\)\s*/.exec(text);
  if (nop) return text.slice(nop[0].length).trim();
  const run =
    /^(?:RUN\s+)?(?:\|\d+\s.*?\s)?\/bin\/(?:ba|da|a)?sh(?:\s+-[a-z]+(?:\s+[a-z]+)?)*?\s+-[a-z]*c\s+/s.exec(
      text,
    );
  return run ? `RUN ${text.slice(run[0].length)}` : text;
}
