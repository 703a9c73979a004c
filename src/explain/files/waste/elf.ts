import type { Waste } from '../../types.ts';
import { breathEvery, type Breathe } from '../breath.ts';
import type { Merged } from '../merge.ts';
import type { Marks } from './marks.ts';

/** Debug sections and symbol tables of programs that are needed otherwise: nothing of them is loaded when the program runs. */
export async function elfWaste(
  { nodes, contents, scans }: Merged,
  marks: Marks,
  breathe?: Breathe,
): Promise<Waste[]> {
  const waste: Waste[] = [];
  const seen = new Set<number>();
  for (let node = 0; node < nodes.size; node++) {
    if (node % breathEvery === breathEvery - 1) await breathe?.();
    const content = nodes.content(node);
    if (content < 0 || !nodes.alive(node)) continue;
    const layer = contents.layers[content] ?? 0;
    const facts = scans[layer]?.elves.get(contents.entries[content] ?? -1);
    if (!facts || facts.form === 'object') continue;
    if (seen.has(content) || marks.kindOf(content) !== undefined) continue;
    seen.add(content);
    const path = `/${nodes.path(node)}`;
    const fix = facts.go
      ? 'go build -ldflags="-s -w"'
      : `RUN strip --strip-unneeded ${path}, in the step that makes it`;
    if (facts.debug > 0)
      waste.push({
        kind: 'debug data',
        bytes: facts.debug,
        path,
        layer,
        detail: 'sections that only a debugger reads',
        fix,
      });
    if (facts.symbols > 0)
      waste.push({
        kind: 'unstripped binary',
        bytes: facts.symbols,
        path,
        layer,
        detail: 'symbol table, which no program needs to run',
        fix,
      });
  }
  return waste;
}
