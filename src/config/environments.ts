import { YAMLMap, isMap, type Node } from 'yaml';
import { closest } from '../core/closest.ts';
import { overlay } from './overlay.ts';
import type { Yaml } from './yaml.ts';

/** Chooses one of the environments of a file, or none. May throw. */
export type PickEnvironment = (names: readonly string[]) => string | undefined;

/** A file as one environment sees it. */
export interface Seen {
  /** Whether the file has the key at all. */
  readonly several: boolean;
  readonly environment: string | undefined;
  readonly environments: readonly string[];
  /** What the environment says, as it stands in the file. */
  readonly own: Node | undefined;
  /** Without `environments:`; what the environment says is laid over the rest. */
  readonly root: Node;
}

/** @throws ToolError CONFIG_INVALID when there is no such environment; whatever `pick` throws */
export function seenBy(yaml: Yaml, root: Node, pick: PickEnvironment): Seen {
  const entries = yaml.entries(root);
  const node = entries.find(({ key }) => key === 'environments')?.value;
  const inner = node && isMap(node) ? yaml.entries(node) : [];
  const environments = inner.map(({ key }) => key);
  const environment = pick(environments);
  const found = inner.find(({ key }) => key === environment);
  if (environment !== undefined && !found) throw unknown(yaml, environment, environments, node);
  return {
    several: node !== undefined,
    environment,
    environments,
    own: found?.value,
    root: laid(yaml, root, found?.value),
  };
}

function laid(yaml: Yaml, root: Node, over: Node | undefined): Node {
  if (!isMap(root)) return root;
  const base = new YAMLMap<Node, Node | undefined>();
  for (const { key, keyNode, value } of yaml.entries(root))
    if (key !== 'environments') base.set(keyNode, value);
  const result = over && isMap(over) ? overlay(yaml, base, over) : base;
  if (!result) return base;
  // An error about the file as a whole is one about its beginning.
  result.range = root.range ?? null;
  return result;
}

function unknown(yaml: Yaml, name: string, names: readonly string[], node: Node | null | undefined): Error {
  const guess = closest(name, names) ?? names.find((each) => each.startsWith(name) || name.startsWith(each));
  if (names.length === 0) {
    return yaml.error(
      `${yaml.file} has no environments, and ${JSON.stringify(name)} was asked for`,
      yaml.root,
      `Leave it out, or write environments: {${/^[a-z][a-z0-9-]*$/.test(name) ? name : 'production'}: {}}.`,
    );
  }
  return yaml.error(
    `${yaml.file} has no environment ${JSON.stringify(name)}`,
    node,
    guess === undefined
      ? `It has ${names.join(', ')}.`
      : `Did you mean ${guess}? It has ${names.join(', ')}.`,
  );
}
