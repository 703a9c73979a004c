import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { closest } from '../core/closest.ts';
import type { Schema } from './schema/kit.ts';
import type { Yaml } from './yaml.ts';

/**
 * Walks a YAML node along a schema and gives the plain value. Where text is allowed, a number or truth value is taken as the text that
 * it is written as.
 * @throws ToolError CONFIG_INVALID at the first value that does not fit, with its place
 */
export function check(yaml: Yaml, node: Node | undefined, schema: Schema, path = ''): unknown {
  if (schema.anyOf) return checkAny(yaml, node, schema.anyOf, path);
  if (schema.const !== undefined) {
    if (isScalar(node) && node.value === schema.const) return schema.const;
    throw yaml.error(`${path} must be ${JSON.stringify(schema.const)}, not ${describe(node)}`, node);
  }
  if (schema.type === 'object') return checkMap(yaml, node, schema, path);
  if (schema.type !== 'array') return checkScalar(yaml, node, schema, path);
  if (!isSeq(node)) {
    throw wrong(yaml, node, schema, path, 'Write it as [one, two], or with a dash on each line.');
  }
  return node.items.map((item, index) =>
    check(yaml, yaml.resolve(item), schema.items ?? {}, `${path}[${index}]`),
  );
}

function checkAny(yaml: Yaml, node: Node | undefined, choices: readonly Schema[], path: string): unknown {
  const fitting = choices.find((choice) => fits(node, choice));
  if (!fitting)
    throw yaml.error(
      `${path || 'it'} must be ${choices.map(expected).join(' or ')}, not ${describe(node)}`,
      node,
    );
  const value = check(yaml, node, fitting, path);
  const alsoText = choices.some((choice) => choice.type === 'string');
  return alsoText && isScalar(node) && typeof value !== 'string' ? (node.source ?? String(value)) : value;
}

function checkMap(yaml: Yaml, node: Node | undefined, schema: Schema, path: string): Record<string, unknown> {
  if (!isMap(node)) throw wrong(yaml, node, schema, path);
  const result: Record<string, unknown> = {};
  const known = schema.properties ?? {};
  for (const { key, keyNode, value } of yaml.entries(node)) {
    const inner = Object.hasOwn(known, key) ? known[key] : schema.additionalProperties || undefined;
    if (!inner) {
      const guess = closest(key, Object.keys(known));
      const all = Object.keys(known).join(', ');
      throw yaml.error(
        `${path === '' ? yaml.file : path} has no key ${JSON.stringify(key)}`,
        keyNode,
        guess === undefined ? `The keys are ${all}.` : `Did you mean ${guess}?`,
      );
    }
    const { pattern } = schema.propertyNames ?? {};
    if (pattern !== undefined && !new RegExp(pattern, 'u').test(key))
      throw yaml.error(`${path} does not take the name ${JSON.stringify(key)}`, keyNode, nameHint(pattern));
    // A key without a value says nothing, as an empty list of flags does.
    if (value === undefined || (isScalar(value) && value.value === null)) continue;
    Object.defineProperty(result, key, {
      value: check(yaml, value, inner, path === '' ? key : `${path}.${key}`),
      enumerable: true,
    });
  }
  const missing = schema.required?.find((key) => !Object.hasOwn(result, key));
  if (missing !== undefined) throw yaml.error(`${path} needs the key ${missing}`, node);
  return result;
}

function nameHint(pattern: string): string {
  return pattern.startsWith('^[a-z]')
    ? 'A name is of lower-case letters, digits and -, and begins with a letter.'
    : 'A name is of letters, digits and _, and begins with no digit.';
}

function checkScalar(yaml: Yaml, node: Node | undefined, schema: Schema, path: string): unknown {
  if (!isScalar(node) || !fits(node, schema)) {
    const quotes = schema.type === 'string' && isScalar(node) && typeof node.value !== 'string';
    throw wrong(yaml, node, schema, path, quotes ? 'Put it in quotes.' : undefined);
  }
  const { value } = node;
  if (schema.enum && !schema.enum.includes(String(value))) {
    const guess = closest(String(value), schema.enum);
    throw yaml.error(
      `${path} is ${schema.enum.slice(0, -1).join(', ')} or ${schema.enum.at(-1) ?? ''}, not ${describe(node)}`,
      node,
      guess === undefined ? undefined : `Did you mean ${guess}?`,
    );
  }
  if (typeof value === 'string') {
    if (schema.minLength !== undefined && value.length < schema.minLength)
      throw yaml.error(`${path} is empty`, node);
    if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
      const example = schema.examples?.[0] ?? (schema.pattern === '^/' ? '/an/absolute/path' : undefined);
      throw yaml.error(
        `${path} does not take ${JSON.stringify(value)}`,
        node,
        example === undefined ? schema.description : `Write it as ${JSON.stringify(example)}.`,
      );
    }
  }
  if (typeof value === 'number') {
    const { minimum = -Infinity, maximum = Infinity } = schema;
    if (value < minimum || value > maximum)
      throw yaml.error(`${path} is from ${minimum} to ${maximum}, not ${value}`, node);
  }
  return value;
}

/** Whether the node is of the schema's kind, whatever its value. */
function fits(node: Node | undefined, schema: Schema): boolean {
  if (schema.const !== undefined) return isScalar(node) && node.value === schema.const;
  if (schema.type === 'object') return isMap(node);
  if (schema.type === 'array') return isSeq(node);
  if (!isScalar(node)) return false;
  if (schema.type === 'integer') return Number.isSafeInteger(node.value);
  return typeof node.value === schema.type;
}

function wrong(yaml: Yaml, node: Node | undefined, schema: Schema, path: string, hint?: string): Error {
  return yaml.error(
    `${path === '' ? yaml.file : path} must be ${expected(schema)}, not ${describe(node)}`,
    node,
    hint,
  );
}

function expected(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const words = {
    object: 'a map',
    array: 'a list',
    string: 'text',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    null: 'nothing',
  };
  return schema.type === undefined ? 'something else' : words[schema.type];
}

function describe(node: Node | undefined): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (isScalar(node)) return node.value === null ? 'nothing' : JSON.stringify(node.value);
  return 'nothing';
}
