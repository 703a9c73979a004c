import type { OriginOf } from './request.ts';
import type { Config } from './types.ts';
import type { From } from './values.ts';

/** One source of configuration: a file, or the command line. */
export interface Layer {
  readonly config: Config;
  /** Where in that source the value at `keys` stands. */
  from(keys: readonly (string | number)[]): From;
}

/** Keys whose maps are merged key by key; all other values replace what an earlier source said, lists too. */
const merged = new Set([
  ...['env', 'labels', 'annotations', 'registries', 'go', 'compression', 'go.env'],
  ...['base', 'debian', 'alpine'],
]);

/** Another base is another one in all: what was said of the packages of the one is not said of the other's. */
const renames = (key: string, value: Record<string, unknown>): boolean =>
  key === 'base' && value['name'] !== undefined;

/** Merges sources, the later over the earlier, and remembers where each value came from. */
export function mergeConfig(layers: readonly Layer[]): { config: Config; origin: OriginOf } {
  const config = layers.reduce<Record<string, unknown>>((under, layer) => over(under, layer.config, ''), {});
  const origin: OriginOf = (...keys) => {
    const layer = layers.findLast((each) => lookUp(each.config, keys) !== undefined);
    return layer?.from(keys) ?? { name: keys.join('.') };
  };
  return { config, origin };
}

function over(under: Record<string, unknown>, upper: object, prefix: string): Record<string, unknown> {
  const result = { ...under };
  for (const [key, value] of Object.entries(upper)) {
    const below = result[key];
    const both = isMap(value) && isMap(below) && merged.has(prefix + key) && !renames(prefix + key, value);
    if (value !== undefined) result[key] = both ? over(below, value, `${key}.`) : value;
  }
  return result;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lookUp(value: unknown, keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>((at, key) => {
    if (typeof at !== 'object' || at === null) return undefined;
    return Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined;
  }, value);
}
