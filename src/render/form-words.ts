/** The words that forms of documents are written in: small JSON Schemas, and ways to put them together. */

export type Form = Readonly<Record<string, unknown>>;

export const text: Form = { type: 'string' };
export const whole: Form = { type: 'integer', minimum: 0 };
export const yes: Form = { type: 'boolean' };
export const milliseconds: Form = { type: 'number', minimum: 0, description: 'Milliseconds.' };
export const bytes: Form = { ...whole, description: 'Bytes.' };
export const digest: Form = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' };
export const list = (items: Form): Form => ({ type: 'array', items });
export const map = (values: Form): Form => ({ type: 'object', additionalProperties: values });

/** An object; a key whose name ends in `?` may be missing. */
export function object(keys: Readonly<Record<string, Form>>, more: Form = {}): Form {
  const properties = Object.fromEntries(
    Object.entries(keys).map(([key, form]) => [key.replace(/\?$/, ''), form]),
  );
  const required = Object.keys(keys).filter((key) => !key.endsWith('?'));
  return { type: 'object', properties, required, additionalProperties: false, ...more };
}

const platform = object({
  os: text,
  architecture: text,
  'variant?': text,
  'os.version?': text,
  'os.features?': list(text),
});
/** OCI image-spec, descriptor.md. */
export const descriptor = object({
  mediaType: text,
  digest,
  size: bytes,
  'platform?': platform,
  'annotations?': map(text),
  'artifactType?': text,
  'urls?': list(text),
  'data?': text,
});
