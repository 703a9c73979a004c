import type { Waste } from '../../types.ts';
import { breathEvery, type Breathe } from '../breath.ts';
import type { Merged } from '../merge.ts';
import { fileCount, wasteGroups } from './groups.ts';
import type { Marks } from './marks.ts';
import { ruleFinder } from './rules.ts';
import type { Surroundings } from './rules.ts';

/** Files that a container sees and does not need, told by where they lie. */
export async function pathWaste(
  { nodes, contents }: Merged,
  marks: Marks,
  around: Surroundings,
  breathe?: Breathe,
): Promise<Waste[]> {
  const groups = wasteGroups();
  const ruleOf = ruleFinder(around);
  let directory = { node: 0, path: '' };
  for (let node = 0; node < nodes.size; node++) {
    if (node % breathEvery === breathEvery - 1) await breathe?.();
    const content = nodes.content(node);
    // What has another name is needed there.
    if (content < 0 || !nodes.alive(node) || contents.shared(content)) continue;
    const parent = nodes.parent(node);
    if (directory.node !== parent) directory = { node: parent, path: nodes.path(parent) };
    const found = ruleOf(directory.path, nodes.name(node));
    if (!found || !marks.mark(content, found.rule.kind)) continue;
    const { kind, what, fix } = found.rule;
    const layer = contents.layers[content] ?? 0;
    groups.add(
      { kind, bytes: contents.sizes[content] ?? 0, path: found.place, layer, fix },
      (files) => `${what}: ${fileCount(files)}`,
    );
  }
  return groups.all();
}
