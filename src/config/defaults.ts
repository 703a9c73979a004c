import type { Schema } from './schema/kit.ts';

/** A value that fits the schema, with the defaults that the schema has for what it does not say. */
export function withDefaults(value: unknown, schema: Schema): unknown {
  if (Array.isArray(value)) {
    const items = branch(schema, 'array')?.items;
    return items ? value.map((item) => withDefaults(item, items)) : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const { properties = {}, additionalProperties } = branch(schema, 'object') ?? {};
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(properties)) {
    const said: unknown = Object.hasOwn(value, key) ? Reflect.get(value, key) : inner.default;
    if (said !== undefined) result[key] = withDefaults(said, inner);
  }
  for (const [key, said] of Object.entries(value)) {
    if (Object.hasOwn(properties, key)) continue;
    Object.defineProperty(result, key, {
      value: additionalProperties ? withDefaults(said, additionalProperties) : said,
      enumerable: true,
    });
  }
  return result;
}

/** Of alternatives, the one for values of this type. */
function branch(schema: Schema, type: 'array' | 'object'): Schema | undefined {
  return schema.anyOf ? schema.anyOf.find((each) => each.type === type) : schema;
}
