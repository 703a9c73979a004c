import { isObject } from '../../../../core/json.ts';
import type { Entry } from '../line.ts';
import { levelOf } from './level.ts';

/** The keys of slog, zap, zerolog, logrus, bunyan, ECS and the clouds; the first that is there counts. */
const timeKeys = ['time', 'ts', 'timestamp', '@timestamp', 't', 'datetime'];
const levelKeys = ['level', 'lvl', 'severity', 'log.level', 'levelname', 'l'];
const messageKeys = ['msg', 'message', '@message', 'm'];

/** A JSON object on one line, as structured loggers write it. Undefined when it is none. */
export function readJson(text: string): Entry | undefined {
  if (!text.startsWith('{') || !text.trimEnd().endsWith('}')) return undefined;
  const parsed = parseObject(text);
  return parsed === undefined ? undefined : entryOf(Object.entries(parsed));
}

/** What the fields of a line say, whatever it was written in. */
export function entryOf(all: readonly (readonly [string, unknown])[]): Entry {
  const values = new Map(all);
  const first = (keys: readonly string[], fits: (value: unknown) => boolean): string | undefined =>
    keys.find((key) => values.has(key) && fits(values.get(key)));
  const time = first(timeKeys, (value) => typeof value === 'string' || typeof value === 'number');
  const level = first(levelKeys, (value) => levelOf(value) !== undefined);
  const message = first(messageKeys, (value) => typeof value === 'string');
  const taken = new Set([time, level, message]);
  const said = message === undefined ? undefined : values.get(message);
  return {
    level: level === undefined ? undefined : levelOf(values.get(level)),
    message: typeof said === 'string' ? said : '',
    fields: all.filter(([name]) => !taken.has(name)),
  };
}

/** Undefined for what is no JSON object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    // Numbers of more digits than a double has are ids: they stay as they are written.
    const value: unknown = /\d{16}/.test(text) ? JSON.parse(text, exact) : JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A reviver that keeps the digits of a large number (its third argument has the source, by ECMAScript 2026). */
function exact(...[, value, context]: readonly unknown[]): unknown {
  if (typeof value !== 'number' || !isObject(context)) return value;
  const { source } = context;
  return typeof source === 'string' && String(value) !== source && /\d{16}/.test(source) ? source : value;
}
