import type { Schema } from './kit.ts';

/** A schema for what an environment says: any key may be null, which removes it, and none is required, as what is below may have it. */
export function nullable(schema: Schema): Schema {
  const open = partial(schema, true);
  if (open.anyOf) return { ...open, anyOf: [...open.anyOf, { type: 'null' }] };
  const { description, ...form } = open;
  return { ...(description !== undefined && { description }), anyOf: [form, { type: 'null' }] };
}

/** A schema that requires no key: for a file whose environments say the rest. Items of lists stay as they are, as lists are not merged. */
export function partial(schema: Schema, nulls = false): Schema {
  const { required: _, properties, additionalProperties, anyOf, ...rest } = schema;
  const inner = (each: Schema): Schema => (nulls ? nullable(each) : partial(each));
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, inner(value)])),
    }),
    ...(additionalProperties !== undefined && {
      additionalProperties: additionalProperties && inner(additionalProperties),
    }),
    ...(anyOf && { anyOf: anyOf.map((each) => partial(each, nulls)) }),
  };
}
