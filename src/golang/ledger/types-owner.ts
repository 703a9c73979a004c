import { nobody } from './owners.ts';
import type { Owners } from './owners.ts';
import { kinds } from './type-layout.ts';
import { eachPart } from './types-graph.ts';
import type { TypeReader } from './types-graph.ts';

/** Types composed deeper than this are no program's. */
const deepest = 50;
const longestPath = 1024;
const mostPaths = 1 << 16;

/**
 * Whose a type is: of the package in its uncommon data, or that its unexported fields name; a type without a name belongs to the package of
 * its parts; of several to the one that imports the others, to all when there is none. What has only predeclared parts belongs to the runtime, where the compiler puts those.
 */
export function typeOwners(types: TypeReader, owners: Owners): (type: number) => number {
  const known = new Map<number, number>();
  const byPath = new Map<number, number>();

  const packageAt = (name: number): number => {
    if (name === 0) return nobody;
    const before = byPath.get(name);
    if (before !== undefined) return before;
    const path = byPath.size < mostPaths ? types.names.textAt(name) : '';
    const owner = path === '' || path.length > longestPath ? nobody : owners.ofPath(path);
    byPath.set(name, owner);
    return owner;
  };

  const stated = (type: number): number => {
    const uncommon = types.uncommonOf(type);
    const owner = uncommon > 0 ? packageAt(types.distance(uncommon)) : nobody;
    if (owner !== nobody) return owner;
    const kind = types.kindOf(type);
    if (kind !== kinds.struct && kind !== kinds.interface) return nobody;
    return packageAt(types.pointer(type + types.layout.common));
  };

  const ownerOf = (type: number, depth: number): number => {
    const before = known.get(type);
    if (before !== undefined) return before;
    known.set(type, nobody);
    let owner = stated(type);
    if (owner === nobody && depth < deepest) {
      const parts = new Set<number>();
      eachPart(types, type, (part) => {
        if (part > 0 && types.plausible(part)) parts.add(ownerOf(part, depth + 1));
      });
      parts.delete(nobody);
      const [only = nobody] = parts;
      owner = parts.size > 1 ? owners.composer([...parts]) : only;
    }
    known.set(type, owner);
    return owner;
  };

  return (type) => {
    const owner = ownerOf(type, 0);
    return owner === nobody ? owners.runtime : owner;
  };
}
