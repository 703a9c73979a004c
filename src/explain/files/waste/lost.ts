import { parentOf } from '../../../layer/safe-path.ts';
import type { Waste } from '../../types.ts';
import type { Merged } from '../merge.ts';
import { pathAt } from '../scan.ts';
import { fileCount, wasteGroups } from './groups.ts';
import type { Marks } from './marks.ts';

/** The instruction that made a layer, in a few words. */
export type StepOf = (layer: number) => string;

/** Smaller ones are told of by directory. */
const worthTelling = 64 * 1024;

/** Contents that a later layer overwrote or deleted: they are in the image, and no container sees them. */
export function lostWaste({ contents, scans }: Merged, marks: Marks, stepOf: StepOf): Waste[] {
  const groups = wasteGroups();
  for (let content = 0; content < contents.count; content++) {
    const loss = contents.lost(content);
    if (!loss) continue;
    marks.mark(content, loss.how);
    const layer = contents.layers[content] ?? 0;
    const bytes = contents.sizes[content] ?? 0;
    const scan = scans[layer];
    const own = scan ? pathAt(scan, contents.entries[content] ?? 0) : '';
    const path = `/${loss.top ?? (bytes >= worthTelling ? own : parentOf(own))}`;
    const fix =
      loss.how === 'deleted' ? deletedFix(layer, loss.by) : overwrittenFix(stepOf(loss.by), layer, loss.by);
    groups.add(
      { kind: loss.how, bytes, path, layer, causedBy: loss.by, fix },
      (files) => `${fileCount(files)} of layer ${layer + 1}, ${loss.how} in layer ${loss.by + 1}`,
    );
  }
  return groups.all();
}

function deletedFix(layer: number, by: number): string {
  return layer === by
    ? 'Write it only once.'
    : `Remove it in the step that makes it (layer ${layer + 1}), or make it in a stage whose layers are not shipped.`;
}

function overwrittenFix(step: string, layer: number, by: number): string {
  if (layer === by) return 'The layer holds it twice: make it again with a tool that writes each file once.';
  if (/\bch(?:own|grp)\b/.test(step))
    return 'COPY --chown=USER:GROUP …, in place of changing the owner later';
  if (/\bchmod\b/.test(step)) return 'COPY --chmod=MODE …, in place of changing the mode later';
  return `Do both in one step, or write the final file already in layer ${layer + 1}.`;
}
