/**
 * Puts single values into a YAML file by changing its text where they stand, so that comments, order, quotes and blank lines stay. What came
 * out is read again: unless it is exactly the old file with these values, it is refused. It must not know what the values mean.
 */
import { isDeepStrictEqual } from 'node:util';
import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument, stringify, visit } from 'yaml';
import type { Document, Node, YAMLMap, YAMLSeq } from 'yaml';
import type { Setting } from './types.ts';

/** The new text; or why it cannot be had without a risk. */
export type Edited = { readonly text: string } | { readonly refused: string };

/** Sets values; a list keeps its items and gets those that it lacks. Pure. */
export function editYaml(before: string, settings: readonly Setting[]): Edited {
  const windows = before.includes('\r\n');
  let text = before.replaceAll('\r\n', '\n');
  if (text.includes('\r') || (windows && /(?<!\r)\n/.test(before)))
    return { refused: 'its lines end in several ways' };
  for (const setting of settings) {
    const document = readOne(text);
    const odd = oddity(document);
    if (odd !== undefined) return { refused: odd };
    const edited = setOne(text, document.contents, setting);
    const made = edited === undefined ? undefined : readOne(edited);
    const wanted = withSetting(document.toJS(), setting);
    if (
      edited === undefined ||
      !made ||
      oddity(made) !== undefined ||
      !isDeepStrictEqual(made.toJS(), wanted)
    )
      return { refused: `there is no safe place for ${setting.key.join('.')} in it` };
    text = edited;
  }
  return { text: windows ? text.replaceAll('\n', '\r\n') : text };
}

function readOne(text: string): Document {
  return parseDocument(text, { uniqueKeys: true, strict: true });
}

/** What makes a change here mean a change there. */
function oddity(document: Document): string | undefined {
  if (document.errors.length > 0) return 'it is not one YAML document';
  let found: string | undefined;
  visit(document, (_, node) => {
    if (isAlias(node) || (isNode(node) && 'anchor' in node && node.anchor !== undefined))
      found = 'it uses anchors and aliases';
  });
  return found;
}

/** The text with one value in it; undefined where it has no place that is known. */
function setOne(text: string, root: Node | null, setting: Setting): string | undefined {
  if (root === null) return `${withNewline(text)}${blockLines(setting.key, setting, 0)}`;
  let map: Node = root;
  for (const [depth, key] of setting.key.entries()) {
    if (!isMap(map)) return undefined;
    const pair = pairOf(map, key);
    if (!pair) return addTo(text, map, setting.key.slice(depth), setting);
    const value = isNode(pair.value) ? pair.value : undefined;
    if (depth === setting.key.length - 1) return replace(text, value, setting);
    if (value === undefined || !isMap(value)) return undefined;
    map = value;
  }
  return undefined;
}

function pairOf(map: YAMLMap, key: string): YAMLMap['items'][number] | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

function replace(text: string, value: Node | undefined, setting: Setting): string | undefined {
  const [start, end] = value?.range ?? [];
  if (value === undefined || start === undefined || end === undefined) return undefined;
  if ('items' in setting) return isSeq(value) ? addItems(text, value, setting.items) : undefined;
  // A value over several lines has an indentation of its own: left alone.
  if (!isScalar(value) || text.slice(start, end).includes('\n') || start === end) return undefined;
  return text.slice(0, start) + scalar(setting.value) + text.slice(end);
}

/** Adds a key to a map that lacks it. */
function addTo(text: string, map: YAMLMap, keys: readonly string[], setting: Setting): string | undefined {
  const [start, end] = map.range ?? [];
  if (start === undefined || end === undefined) return undefined;
  if (map.flow === true) return insertInFlow(text, end, flowPair(keys, setting), map.items.length > 0);
  const [first] = map.items;
  const firstKey = first && isNode(first.key) ? first.key.range?.[0] : undefined;
  if (firstKey === undefined) return undefined;
  const column = columnOf(text, firstKey);
  if (text.slice(firstKey - column, firstKey).trim() !== '') return undefined;
  return insertLines(text, end, blockLines(keys, setting, column));
}

function addItems(text: string, list: YAMLSeq, wanted: readonly string[]): string | undefined {
  const had = new Set(list.items.map((item) => (isScalar(item) ? item.value : undefined)));
  const items = wanted.filter((item) => !had.has(item));
  const end = list.range?.[1];
  if (end === undefined || items.length === 0) return items.length === 0 ? text : undefined;
  if (list.flow === true)
    return insertInFlow(text, end, items.map(flowScalar).join(', '), list.items.length > 0);
  const at = list.range?.[0];
  if (at === undefined || text.charAt(at) !== '-') return undefined;
  const indent = ' '.repeat(columnOf(text, at));
  return insertLines(text, end, items.map((item) => `${indent}- ${scalar(item)}\n`).join(''));
}

/** Before the closing bracket, which stands before `end`. */
function insertInFlow(text: string, end: number, what: string, more: boolean): string | undefined {
  const inside = text.slice(0, end - 1);
  const kept = inside.trimEnd();
  // A comment behind the last item would swallow what is added; a comma there is one already.
  if (kept.endsWith(',') || /#[^\n]*$/.test(kept.slice(kept.lastIndexOf('\n') + 1))) return undefined;
  return `${kept}${more ? ', ' : ''}${what}${inside.slice(kept.length)}${text.slice(end - 1)}`;
}

/** Whole lines behind the last line of a value; comments behind it stay with what follows them. */
function insertLines(text: string, end: number, lines: string): string {
  const inside = text.slice(0, end).trimEnd().length;
  const newline = text.indexOf('\n', inside);
  if (newline < 0) return `${text}\n${lines}`;
  return text.slice(0, newline + 1) + lines + text.slice(newline + 1);
}

function columnOf(text: string, at: number): number {
  return at - (text.lastIndexOf('\n', at - 1) + 1);
}

function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function blockLines(keys: readonly string[], setting: Setting, column: number): string {
  const indent = ' '.repeat(column);
  const [key = '', ...rest] = keys;
  if (rest.length > 0) return `${indent}${scalar(key)}:\n${blockLines(rest, setting, column + 2)}`;
  if (!('items' in setting)) return `${indent}${scalar(key)}: ${scalar(setting.value)}\n`;
  const items = setting.items.map((item) => `${indent}  - ${scalar(item)}\n`);
  return `${indent}${scalar(key)}:\n${items.join('')}`;
}

function flowPair([key = '', ...rest]: readonly string[], setting: Setting): string {
  if (rest.length > 0) return `${scalar(key)}: { ${flowPair(rest, setting)} }`;
  const value =
    'items' in setting ? `[${setting.items.map(flowScalar).join(', ')}]` : flowScalar(setting.value);
  return `${scalar(key)}: ${value}`;
}

function scalar(value: string | boolean): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

function flowScalar(value: string | boolean): string {
  return typeof value === 'string' && /[,[\]{}]/.test(value) ? JSON.stringify(value) : scalar(value);
}

/** What the file must say afterwards. */
function withSetting(said: unknown, setting: Setting): unknown {
  const put = (value: unknown, [key, ...rest]: readonly string[]): unknown => {
    if (key === undefined) {
      if (!('items' in setting)) return setting.value;
      const had: readonly unknown[] = Array.isArray(value) ? value : [];
      return [...had, ...setting.items.filter((item) => !had.includes(item))];
    }
    const own = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    const inner: unknown = own.find(([name]) => name === key)?.[1];
    return Object.fromEntries([...own.filter(([name]) => name !== key), [key, put(inner, rest)]]);
  };
  return put(said, setting.key);
}
