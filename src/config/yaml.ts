import {
  LineCounter,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
} from 'yaml';
import type { ErrorCode } from '../core/error-codes.ts';
import { ToolError, type SourceRange } from '../core/errors.ts';

/** Bytes of the largest file that is read as configuration. */
const largest = 1024 * 1024;
/** Nodes that may be visited, aliases counted each time: stops a small file that unfolds into a huge one. */
const mostNodes = 50_000;

/** A parsed YAML file that knows the place of each of its values. */
export interface Yaml {
  readonly file: string;
  readonly root: Node | null;
  /** Where a node stands. */
  range(node: Node | null | undefined): SourceRange;
  /** An alias's node, or the node itself; counts against the limit. @throws ToolError CONFIG_INVALID */
  resolve(node: unknown): Node | undefined;
  /** The entries of a map, merge keys (`<<`) unfolded under the map's own. */
  entries(node: Node): YamlEntry[];
  error(message: string, node: Node | null | undefined, hint?: string): ToolError;
}

export interface YamlEntry {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: Node | undefined;
}

/**
 * Parses one YAML 1.2 document. `file` is the name shown in errors, `code` what they are called.
 * @throws ToolError CONFIG_INVALID, or `code`
 */
export function parseYaml(text: string, file: string, code: ErrorCode = 'CONFIG_INVALID'): Yaml {
  if (text.length > largest) throw new ToolError(code, `${file} is larger than 1 MiB`);
  const lines = new LineCounter();
  const document: Document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    strict: true,
  });
  const place = (start: number, end: number): SourceRange => {
    const from = lines.linePos(start);
    const to = lines.linePos(Math.max(start, end));
    return { file, line: from.line, column: from.col, endLine: to.line, endColumn: to.col, text };
  };
  const fault = document.errors[0];
  if (fault) {
    const message = fault.message.replace(/ at line \d+, column \d+:?[^]*$/, '');
    throw new ToolError(code, `${file} is no YAML: ${lowerFirst(message)}`, {
      where: place(fault.pos[0], fault.pos[1]),
    });
  }
  let visited = 0;
  const yaml: Yaml = {
    file,
    root: document.contents,
    range(node) {
      const [start, end] = node?.range ?? [0, 0];
      return place(start, end);
    },
    resolve(node) {
      if (++visited > mostNodes) throw new ToolError(code, `${file} unfolds into too many values`);
      if (isAlias(node)) return node.resolve(document);
      return isNode(node) ? node : undefined;
    },
    entries(node) {
      return mapEntries(yaml, node, 0);
    },
    error: (message, node, hint) =>
      new ToolError(code, message, {
        where: yaml.range(node),
        ...(hint === undefined ? {} : { hint }),
      }),
  };
  return yaml;
}

function mapEntries(yaml: Yaml, node: Node, depth: number): YamlEntry[] {
  if (!isMap(node)) return [];
  if (depth > 20) throw yaml.error('merge keys are nested too deep', node);
  const own: YamlEntry[] = [];
  const under: YamlEntry[] = [];
  for (const pair of node.items) {
    const keyNode = yaml.resolve(pair.key);
    const value = pair.value === null || pair.value === undefined ? undefined : yaml.resolve(pair.value);
    if (!isScalar(keyNode)) throw yaml.error('a key must be plain text', keyNode ?? node);
    const key = typeof keyNode.value === 'string' ? keyNode.value : (keyNode.source ?? String(keyNode.value));
    if (key !== '<<') own.push({ key, keyNode, value });
    else for (const map of mergedMaps(yaml, value)) under.push(...mapEntries(yaml, map, depth + 1));
  }
  const seen = new Set(own.map((entry) => entry.key));
  return [...own, ...under.filter(({ key }) => !seen.has(key) && seen.add(key))];
}

/** What a merge key names: a map, or several. */
function mergedMaps(yaml: Yaml, value: Node | undefined): Node[] {
  const maps = isSeq(value) ? value.items.map((item) => yaml.resolve(item)) : [value];
  return maps.map((map) => {
    if (isMap(map)) return map;
    throw yaml.error('a merge key takes a map that stands above it, or a list of such', map ?? value);
  });
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
