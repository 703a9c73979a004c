import { baseOf, parentOf } from '../../../layer/safe-path.ts';
import type { Waste } from '../../types.ts';
import { breathEvery, type Breathe } from '../breath.ts';
import type { Merged } from '../merge.ts';
import { nameReader } from '../name-column.ts';
import { fileCount, wasteGroups } from './groups.ts';
import type { Marks } from './marks.ts';
import { ruleFinder } from './rules.ts';
import type { Surroundings } from './rules.ts';
import { copyInstead } from './rights.ts';

/** The instruction that made a layer, in a few words. */
export type StepOf = (layer: number) => string;

/** Smaller ones are told of by directory. */
const worthTelling = 64 * 1024;

/** Contents that a later layer overwrote or deleted: they are in the image, and no container sees them. */
export async function lostWaste(
  { contents, scans }: Merged,
  marks: Marks,
  { stepOf, around }: { readonly stepOf: StepOf; readonly around: Surroundings },
  breathe?: Breathe,
): Promise<Waste[]> {
  const groups = wasteGroups();
  const paths = scans.map((scan) => nameReader(scan.paths));
  const ruleOf = ruleFinder(around);
  for (let content = 0; content < contents.count; content++) {
    if (content % breathEvery === breathEvery - 1) await breathe?.();
    const loss = contents.lost(content);
    if (!loss) continue;
    marks.mark(content, loss.how);
    const layer = contents.layers[content] ?? 0;
    const bytes = contents.sizes[content] ?? 0;
    const own = paths[layer]?.(contents.entries[content] ?? 0) ?? '';
    const found = ruleOf(parentOf(own), baseOf(own));
    // All of a package cache is one finding, however many of its files went one by one; unless more went at once.
    const whole = loss.top !== undefined && loss.top !== own ? `/${loss.top}` : undefined;
    const sort = found && (whole === undefined || whole.length >= found.place.length) ? found : undefined;
    const path = sort?.place ?? whole ?? `/${bytes >= worthTelling ? own : parentOf(own)}`;
    const what = sort ? `${sort.rule.what}: ` : '';
    const fix =
      loss.how === 'overwritten'
        ? overwrittenFix(own, layer, loss.by, stepOf)
        : deletedFix(layer, loss.by, sort?.rule.fix);
    groups.add(
      { kind: loss.how, bytes, path, layer, causedBy: loss.by, fix },
      (files) => `${what}${fileCount(files)} of layer ${layer + 1}, ${loss.how} in layer ${loss.by + 1}`,
    );
  }
  return groups.all();
}

function deletedFix(layer: number, by: number, known?: string): string {
  if (layer === by) return 'Write it only once.';
  return (
    known ??
    `Remove it in the step that makes it (layer ${layer + 1}), or make it in a stage whose layers are not shipped.`
  );
}

function overwrittenFix(path: string, layer: number, by: number, stepOf: StepOf): string {
  if (layer === by) return 'The layer holds it twice: make it again with a tool that writes each file once.';
  return (
    copyInstead(`/${path}`, stepOf(layer), stepOf(by)) ??
    `Do both in one step, or write the final file already in layer ${layer + 1}.`
  );
}
