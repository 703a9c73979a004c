/**
 * Small readers of foreign JSON: each takes a value, says what it must be, and throws IMAGE_INVALID with the path of what is
 * wrong (`manifest.layers[3].size`). Fields nobody asks for are kept as they are.
 */
import { isObject } from '../core/json.ts';
import { ToolError } from '../core/errors.ts';
import { smallBlobLimit } from './verify.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Deeper nesting is no image's; it would only break whoever walks it. */
const deepest = 64;

export function invalid(where: string, what: string, hint?: string): ToolError {
  return new ToolError('IMAGE_INVALID', `${where} ${what}`, hint === undefined ? {} : { hint });
}

/** A foreign value for the middle of a message: short, and no control characters. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** UTF-8 JSON of at most 4 MiB and 64 levels whose top is an object. Of a duplicate key the last one counts, as everywhere. */
export function parseObject(bytes: Uint8Array, where: string): Json {
  if (bytes.byteLength > smallBlobLimit)
    throw invalid(where, `has ${bytes.byteLength} bytes, more than ${smallBlobLimit}`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid(where, 'is no JSON in UTF-8');
  }
  const object = asObject(value, where);
  checkDepth(object, where);
  return object;
}

export function asObject(value: unknown, where: string): Json {
  if (isObject(value)) return value;
  throw invalid(where, `must be an object, not ${show(value)}`);
}

export function asArray(value: unknown, where: string, limit: number): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(where, `must be an array, not ${show(value)}`);
  if (value.length > limit) throw invalid(where, `has ${value.length} items, more than ${limit}`);
  return value as readonly unknown[];
}

export function asString(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw invalid(where, `must be a string, not ${show(value)}`);
}

export function asStrings(value: unknown, where: string): readonly string[] {
  return asArray(value, where, 100_000).map((item, index) => asString(item, `${where}[${index}]`));
}

/** Text to text: annotations, labels. */
export function asStringMap(value: unknown, where: string): Readonly<Record<string, string>> {
  const entries = Object.entries(asObject(value, where));
  return Object.fromEntries(entries.map(([key, item]) => [key, asString(item, `${where}[${show(key)}]`)]));
}

/** A whole number from 0 on that a double holds exactly: sizes in bytes. */
export function asSize(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(where, `must be a size in bytes, not ${show(value)}`);
}

/**
 * Checks the optional fields of an object, each by its own reader; a null counts as absent and is left out of the copy, as Go
 * programs write null for what is empty.
 */
export function optional(
  object: Json,
  where: string,
  readers: Readonly<Record<string, (value: unknown, where: string) => unknown>>,
): Json {
  const copy: Record<string, unknown> = { ...object };
  for (const [key, read] of Object.entries(readers)) {
    if (!Object.hasOwn(object, key)) continue;
    if (object[key] === null) delete copy[key];
    else copy[key] = read(object[key], `${where}.${key}`);
  }
  return copy;
}

function checkDepth(top: Json, where: string): void {
  let level: readonly unknown[] = [top];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) throw invalid(where, `is nested deeper than ${deepest} levels`);
    level = level.flatMap((value): readonly unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
}
