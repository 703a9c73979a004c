import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Yaml, YamlEntry } from '../../config/yaml.ts';
import type { ToolError } from '../../core/errors.ts';
import type { Note, Pin } from '../types.ts';
import { interpolate, type Interpolated } from './interpolate.ts';

/** Files that a compose file names, by the path that it has for them; undefined for one that is not there. */
export type Files = ReadonlyMap<string, string | undefined>;

/** What all parts of an import share. */
export interface Scope {
  readonly yaml: Yaml;
  readonly files: Files;
  readonly notes: Note[];
  readonly pins: Pin[];
  note(kind: Note['kind'], node: Node | null | undefined, key: string, why: string): void;
  /** A text with its variables filled in. */
  fill(raw: string): Interpolated;
  /** A scalar as text, or this part of it, with variables filled in; one that has no value is noted. */
  text(node: Node | undefined, key: string, raw?: string): string;
  /** The items of a list; a scalar is a list of one. */
  items(node: Node | undefined): readonly Node[];
  entries(node: Node | undefined): readonly YamlEntry[];
  error(message: string, node: Node | undefined, hint?: string): ToolError;
}

export function scopeOf(yaml: Yaml, files: Files, variable: (name: string) => string | undefined): Scope {
  const notes: Note[] = [];
  const scope: Scope = {
    yaml,
    files,
    notes,
    pins: [],
    note: (kind, node, key, why) =>
      notes.push({ kind, line: node ? yaml.range(node).line : undefined, key, why }),
    fill: (raw) => interpolate(raw, variable),
    text(node, key, raw) {
      const { text, unset, uses } = scope.fill(raw ?? rawOf(yaml, node, key));
      const defaults = uses.filter(
        ({ name, fallback }) => fallback !== undefined && variable(name) === undefined,
      );
      if (unset.length > 0)
        scope.note('to do', node, key, `${unset.join(', ')} has no value here: write it in`);
      if (defaults.length > 0)
        scope.note(
          'differs',
          node,
          key,
          `the default of ${defaults.map(({ name }) => name).join(', ')} is written in`,
        );
      return text;
    },
    items: (node) =>
      isSeq(node)
        ? node.items.flatMap((item) => yaml.resolve(item) ?? [])
        : node === undefined || (isScalar(node) && node.value === null)
          ? []
          : [node],
    entries: (node) => (isMap(node) ? yaml.entries(node) : []),
    error: (message, node, hint) => yaml.error(message, node ?? null, hint),
  };
  return scope;
}

/** As it is written: 1.50 stays 1.50. @throws ToolError COMPOSE_INVALID for a list or a map */
export function rawOf(yaml: Yaml, node: Node | undefined, key: string): string {
  if (!isScalar(node)) throw yaml.error(`${key} must be text`, node);
  const { value } = node;
  return typeof value === 'string' ? value : value === null ? '' : (node.source ?? JSON.stringify(value));
}

/** The value at a key of a map. */
export function at(scope: Scope, node: Node | undefined, key: string): Node | undefined {
  return scope.entries(node).find((entry) => entry.key === key)?.value;
}

export function isYes(node: Node | undefined): boolean {
  return isScalar(node) && (node.value === true || node.value === 'true');
}
