import type { Waste } from '../../types.ts';
import { breathEvery, type Breathe } from '../breath.ts';
import type { Merged } from '../merge.ts';
import { fileCount, wasteGroups } from './groups.ts';
import type { Marks } from './marks.ts';

/** SHA-256 of a content, however it is had; undefined when it cannot be read any more. */
export type HashOf = (layer: number, entry: number) => Buffer | undefined;

/** Smaller copies are told of together. */
const worthTelling = 16 * 1024;

/** Bytes hashed between two breaths; each content costs as much as some thousand, however small it is. */
const stride = 64 * 1024 * 1024;
const costOfOne = 4096;

/** The same content under several names that are no hard links: all but the first are waste. Only of what has a twin by size the hash is asked for. */
export async function duplicateWaste(
  merged: Merged,
  marks: Marks,
  hashOf: HashOf,
  breathe?: Breathe,
): Promise<Waste[]> {
  const { nodes, contents } = merged;
  const groups = wasteGroups();
  const firsts = new Map<string, number>();
  let work = 0;
  for (const node of await twinsBySize(merged, marks, breathe)) {
    const content = nodes.content(node);
    work += (contents.sizes[content] ?? 0) + costOfOne;
    if (work > stride) {
      await breathe?.();
      work = 0;
    }
    const layer = contents.layers[content] ?? 0;
    const key = hashOf(layer, contents.entries[content] ?? 0)?.toString('latin1');
    if (key === undefined) continue;
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, node);
    else if (marks.mark(content, 'duplicate')) {
      const bytes = contents.sizes[content] ?? 0;
      const large = bytes >= worthTelling;
      const path = large ? `/${nodes.path(node)}` : '/';
      groups.add(
        {
          kind: 'duplicate',
          bytes,
          path,
          layer,
          fix: large
            ? `RUN ln /${nodes.path(first)} /${nodes.path(node)}, in the step that makes the second, or a symbolic link`
            : smallFix,
        },
        (files) =>
          large
            ? `the same as /${nodes.path(first)}`
            : `${fileCount(files)} smaller than 16 KiB that are elsewhere too`,
      );
    }
  }
  return groups.all();
}

const smallFix = 'Make them hard or symbolic links of each other, in the step that makes them.';

/** Nodes, in the order of their numbers, whose content has the size of another's; each content once. */
async function twinsBySize({ nodes, contents }: Merged, marks: Marks, breathe?: Breathe): Promise<number[]> {
  const seen = new Uint8Array(contents.count);
  const bySize = new Map<number, number>();
  const candidates: number[] = [];
  for (let node = 0; node < nodes.size; node++) {
    if (node % breathEvery === breathEvery - 1) await breathe?.();
    const content = nodes.content(node);
    if (content < 0 || !nodes.alive(node) || marks.kindOf(content) !== undefined || seen[content] === 1)
      continue;
    seen[content] = 1;
    candidates.push(node);
    const size = contents.sizes[content] ?? 0;
    bySize.set(size, (bySize.get(size) ?? 0) + 1);
  }
  return candidates.filter((node) => (bySize.get(contents.sizes[nodes.content(node)] ?? 0) ?? 0) > 1);
}
