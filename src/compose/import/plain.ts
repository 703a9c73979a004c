import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Scope } from './scope.ts';

/** A part of the file as plain values, its aliases and merge keys unfolded. */
export function plainOf(scope: Scope, node: Node | undefined): unknown {
  if (isMap(node)) {
    return Object.fromEntries(scope.entries(node).map(({ key, value }) => [key, plainOf(scope, value)]));
  }
  if (isSeq(node)) return scope.items(node).map((item) => plainOf(scope, item));
  if (!isScalar(node)) return undefined;
  return typeof node.value === 'string' ? scope.fill(node.value).text : node.value;
}
