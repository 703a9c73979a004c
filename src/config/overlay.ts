import { YAMLMap, isMap, isScalar, type Node } from 'yaml';
import type { Yaml } from './yaml.ts';

/**
 * One part of a file laid over another, as environments are: maps are merged key by key, lists and values replace, null removes. Nodes keep
 * their places, so that whatever is said of the result points at the line that it came from.
 * @returns undefined for what is removed
 */
export function overlay(yaml: Yaml, under: Node | undefined, over: Node | undefined): Node | undefined {
  if (over === undefined || (isScalar(over) && over.value === null)) return undefined;
  if (!isMap(over)) return over;
  const merged = new YAMLMap<Node, Node>();
  merged.range = over.range ?? null;
  const upper = new Map(yaml.entries(over).map((entry) => [entry.key, entry]));
  for (const { key, keyNode, value } of under && isMap(under) ? yaml.entries(under) : []) {
    const upon = upper.get(key);
    upper.delete(key);
    const result = upon ? overlay(yaml, value, upon.value) : value;
    if (result) merged.set(upon?.keyNode ?? keyNode, result);
  }
  for (const { keyNode, value } of upper.values()) {
    const result = overlay(yaml, undefined, value);
    if (result) merged.set(keyNode, result);
  }
  return merged;
}
