import { kinds } from './type-layout.ts';
import type { Moduledata } from './program.ts';
import type { Spans } from './spans.ts';
import { rowsOf } from './types-graph.ts';
import type { TypeReader } from './types-graph.ts';
import type { TypeWalk } from './types-walk.ts';

/**
 * Claims itabs, the tables of methods by which a concrete type is used through an interface: until Go 1.26 a list leads to them, later they
 * stand in a row. Each belongs to the package of the concrete type; both types are roots of the walk.
 */
export function claimItabs(types: TypeReader, moduledata: Moduledata, walk: TypeWalk, spans: Spans): void {
  const { program, numbers, layout } = types;
  /** Bytes of the itab; 0 when there is none. */
  const claim = (itab: number): number => {
    const [inter, concrete] = [types.pointer(itab), types.pointer(itab + layout.pointer)];
    if (inter === 0 || concrete === 0 || !walk.from(inter) || !walk.from(concrete)) return 0;
    if (types.kindOf(inter) !== kinds.interface) return 0;
    const methods = rowsOf(types, inter + layout.common + layout.pointer).count;
    // Interface, type, a hash of 32 bits filled up to a word, and at least one method.
    const size = 2 * layout.pointer + 8 + Math.max(1, methods) * layout.pointer;
    spans.add(itab, size, walk.ownerOf(concrete), 'types', 'type data');
    return size;
  };
  const { itabs, itablinks } = moduledata;
  const links = program.offsetOf(itablinks.address);
  const count = links < 0 ? 0 : Math.min(itablinks.count, (numbers.size - links) / layout.pointer);
  for (let index = 0; index < count; index++) {
    const link = links + index * layout.pointer;
    const itab = types.pointer(link);
    if (itab > 0 && claim(itab) > 0)
      spans.add(
        link,
        layout.pointer,
        walk.ownerOf(types.pointer(itab + layout.pointer)),
        'types',
        'type data',
      );
  }
  const start = program.offsetOf(itabs.address);
  if (start < 0) return;
  for (let at = start; at < start + itabs.size;) at += claim(at) || layout.pointer;
}
