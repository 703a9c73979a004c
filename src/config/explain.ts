import type { LoadedEnvironment } from './environment.ts';

/** Where a final value comes from. */
export type Source =
  | {
      readonly from: 'file';
      readonly file: string;
      readonly line: number;
      /** The environment said it, not the file for all of them. */
      readonly environment: boolean;
    }
  | { readonly from: 'default' }
  /** It follows from other values; `why` says from which. */
  | { readonly from: 'derived'; readonly why: string };

/** One final value: text, number, truth value, or a list of such that stands on one line. */
export interface ExplainedValue {
  /** `deploy.hosts[0].address` */
  readonly key: string;
  readonly value: unknown;
  readonly source: Source;
}

/** Of one part of the final configuration, by its keys. */
export type SourceOf = (keys: readonly (string | number)[]) => Source;

/** Every value of a final configuration with where it comes from, in its order. */
export function explainValues(
  value: unknown,
  sourceOf: SourceOf,
  keys: readonly (string | number)[] = [],
): ExplainedValue[] {
  const one = (): ExplainedValue[] => [{ key: nameOf(keys), value, source: sourceOf(keys) }];
  if (Array.isArray(value)) {
    const inner = value.flatMap((item, index) => explainValues(item, sourceOf, [...keys, index]));
    return isPlain(value) && onOneLine(inner) ? one() : inner;
  }
  if (typeof value !== 'object' || value === null) return one();
  const entries = Object.entries(value);
  if (entries.length === 0) return one();
  return entries.flatMap(([key, item]) => explainValues(item, sourceOf, [...keys, key]));
}

/** The place in the file that says it, if one does. */
export function placeIn(
  loaded: LoadedEnvironment,
  keys: readonly (string | number)[],
): Extract<Source, { from: 'file' }> | undefined {
  const { where } = loaded.origin(...keys);
  if (!where) return undefined;
  const { overlay } = loaded;
  const environment =
    overlay !== undefined &&
    where.file === overlay.file &&
    where.line >= overlay.line &&
    where.line <= (overlay.endLine ?? overlay.line);
  return { from: 'file', file: where.file, line: where.line, environment };
}

/** `coracle.yaml:7`, for the middle of a sentence. */
export function lineOf(source: { readonly file: string; readonly line: number }): string {
  return `${source.file}:${source.line}`;
}

function isPlain(list: readonly unknown[]): boolean {
  return list.every((item) => typeof item !== 'object' || item === null);
}

function onOneLine(values: readonly ExplainedValue[]): boolean {
  const lines = new Set(values.map(({ source }) => (source.from === 'file' ? lineOf(source) : source.from)));
  return lines.size <= 1;
}

/** `deploy.hosts[1].address`; names that hold dots are quoted. */
function nameOf(keys: readonly (string | number)[]): string {
  return keys
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      const plain = /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
      return index === 0 ? plain : `.${plain}`;
    })
    .join('');
}
