import type { Claims } from './claims.ts';
import { nobody } from './owners.ts';
import type { Owners } from './owners.ts';
import type { Moduledata } from './program.ts';
import type { Spans } from './spans.ts';
import { kinds } from './type-layout.ts';
import { eachPart, eachRow, methodsOf, parameters, rowsOf } from './types-graph.ts';
import type { TypeReader } from './types-graph.ts';
import { typeOwners } from './types-owner.ts';

/** Types, and names of them, that are looked at; large programs have a tenth. */
const mostTypes = 1 << 19;
const mostNames = 1 << 20;

/** A descriptor with its methods of this many bytes and more is named for people. */
const largeType = 4096;

/** The graph of types, walked as far as roots lead. */
export interface TypeWalk {
  /** A root: walks from a descriptor, if one can be there. True when it is one. */
  from(type: number): boolean;
  ownerOf(type: number): number;
  /** Claims all descriptors walked so far, the names they use, and their masks for the garbage collector. */
  claim(): void;
}

/** @param refers told of data outside of type data that a descriptor points at: its functions */
export function walkTypes(
  types: TypeReader,
  spans: Spans,
  claims: Claims,
  owners: Owners,
  refers: (target: number, owner: number) => void,
): TypeWalk {
  const { layout, numbers, names } = types;
  const seen = new Set<number>();
  const ownerOf = typeOwners(types, owners);
  const nameOwners = new Map<number, number>();
  const masks = new Map<number, number>();
  const maskSizes = new Map<number, number>();

  const add = (pending: number[], type: number): void => {
    if (type > 0 && !seen.has(type) && seen.size < mostTypes && types.plausible(type)) {
      seen.add(type);
      pending.push(type);
    }
  };
  const follow = (pending: number[], type: number): void => {
    add(pending, types.distance(type + layout.pointerToThis));
    eachPart(types, type, (part) => {
      add(pending, part);
    });
    if (types.kindOf(type) === kinds.map)
      add(pending, types.pointer(type + layout.common + 2 * layout.pointer));
    const methods = methodsOf(types, types.uncommonOf(type));
    for (let index = 0; index < methods.count; index++)
      add(pending, types.distance(methods.at + index * layout.method + 4));
  };
  const useName = (name: number, owner: number): void => {
    if (name <= 0 || nameOwners.size >= mostNames) return;
    const before = nameOwners.get(name);
    if (before !== owner) nameOwners.set(name, owners.both(before ?? nobody, owner));
  };

  const claimNames = (type: number, owner: number): void => {
    useName(types.distance(type + layout.name), owner);
    const uncommon = types.uncommonOf(type);
    if (uncommon > 0) useName(types.distance(uncommon), owner);
    const methods = methodsOf(types, uncommon);
    for (let index = 0; index < methods.count; index++)
      useName(types.distance(methods.at + index * layout.method), owner);
    const kind = types.kindOf(type);
    if (kind !== kinds.struct && kind !== kinds.interface) return;
    useName(types.pointer(type + layout.common), owner);
    const slice = type + layout.common + layout.pointer;
    if (kind === kinds.struct)
      eachRow(types, slice, layout.field, (row) => {
        useName(types.pointer(row), owner);
      });
    else
      eachRow(types, slice, layout.interfaceMethod, (row) => {
        useName(types.distance(row), owner);
      });
  };

  const claimDescriptor = (type: number, owner: number): void => {
    const kind = types.kindOf(type);
    const uncommon = types.uncommonOf(type);
    const part = (at: number, size: number): number => {
      if (at > 0 && size > 0) spans.add(at, size, owner, 'types', 'type data');
      return at > 0 ? size : 0;
    };
    let bytes = part(type, layout.sizeOf(kind) + (uncommon > 0 ? layout.uncommon : 0));
    const methods = methodsOf(types, uncommon);
    bytes += part(methods.at, methods.count * layout.method);
    if (kind === kinds.func) {
      const { at, count } = parameters(types, type);
      bytes += part(at, count * layout.pointer);
    } else if (kind === kinds.struct || kind === kinds.interface) {
      const rows = rowsOf(types, type + layout.common + layout.pointer);
      bytes += part(rows.at, rows.count * (kind === kinds.struct ? layout.field : layout.interfaceMethod));
    }
    if (bytes >= largeType)
      claims.name('type', names.textAt(types.distance(type + layout.name)), owner, bytes);
  };

  /** Masks that say where pointers are; larger types have programs instead, or make them when they run. */
  const useMask = (type: number, owner: number): void => {
    const mask = types.pointer(type + layout.gcdata);
    const pointerBytes = numbers.word(type + layout.pointerBytes);
    const onDemand = (numbers.u8(type + layout.flags) & 16) !== 0;
    if (mask === 0 || pointerBytes === 0 || onDemand) return;
    const isProgram = (numbers.u8(type + layout.kind) & 64) !== 0;
    const size = isProgram ? 4 + numbers.u32(mask) : Math.ceil(pointerBytes / layout.pointer / 8);
    if (size > numbers.size - mask) return;
    masks.set(mask, owners.both(masks.get(mask) ?? nobody, owner));
    maskSizes.set(mask, Math.max(maskSizes.get(mask) ?? 0, size));
  };

  return {
    ownerOf,
    from: (root) => {
      if (seen.has(root)) return true;
      const pending: number[] = [];
      add(pending, root);
      const isType = pending.length > 0;
      for (let type = pending.pop(); type !== undefined; type = pending.pop()) follow(pending, type);
      return isType;
    },
    claim: () => {
      for (const type of seen) {
        const owner = ownerOf(type);
        claimDescriptor(type, owner);
        claimNames(type, owner);
        useMask(type, owner);
        refers(types.pointer(type + 2 * layout.pointer + 8), owner);
        if (types.kindOf(type) === kinds.map)
          refers(types.pointer(type + layout.common + 3 * layout.pointer), owner);
      }
      for (const [name, owner] of nameOwners)
        spans.add(name, names.sizeAt(name), owner, 'types', 'type data');
      for (const [mask, owner] of masks)
        spans.add(mask, maskSizes.get(mask) ?? 0, owner, 'types', 'type data');
    },
  };
}

/** Roots that the linker lists: typelinks until Go 1.26, descriptors in a row since. Each typelink belongs to its type's owner. */
export function linkedTypes(
  types: TypeReader,
  moduledata: Moduledata,
  root: (type: number, link: number) => void,
): void {
  const { program, numbers, layout } = types;
  const links = program.offsetOf(moduledata.typelinks.address);
  const count = links < 0 ? 0 : Math.min(moduledata.typelinks.count, (numbers.size - links) / 4);
  for (let index = 0; index < count; index++) root(types.distance(links + 4 * index), links + 4 * index);
  const end = types.start + moduledata.typedesclen;
  for (let at = types.start + layout.pointer; at < end;) {
    if (!types.plausible(at)) {
      at += layout.pointer;
      continue;
    }
    root(at, 0);
    at += layout.sizeOf(types.kindOf(at));
  }
}
