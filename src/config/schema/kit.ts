/** The keywords of JSON Schema that coracle.yaml's schema is written in, and short names for forms that come again. */

export interface Schema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: false | Schema;
  readonly propertyNames?: Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly const?: boolean | string | number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  /** Alternatives told apart by their type. */
  readonly anyOf?: readonly Schema[];
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
}

export const word: Schema = { type: 'string' };

/** What is text for us but may be written as a number or a truth value, as in `PORT: 8080`; it is taken as it is written. */
export const scalar: Schema = { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] };

export const text = (description: string, more: Schema = {}): Schema => ({
  type: 'string',
  minLength: 1,
  description,
  ...more,
});

export const list = (items: Schema, description: string, more: Schema = {}): Schema => ({
  type: 'array',
  items,
  description,
  ...more,
});

export const textOrNumber = (description: string, more: Schema = {}): Schema => ({
  anyOf: [{ type: 'string' }, { type: 'number' }],
  description,
  ...more,
});

export const map = (description: string, more: Schema = {}): Schema => ({
  type: 'object',
  additionalProperties: scalar,
  description,
  ...more,
});

export const words = (description: string, more: Schema = {}): Schema => ({
  type: 'array',
  items: word,
  description,
  ...more,
});

/** Only these keys. */
export const keys = (
  description: string,
  properties: Readonly<Record<string, Schema>>,
  more: Schema = {},
): Schema => ({
  type: 'object',
  description,
  additionalProperties: false,
  properties,
  ...more,
});

export const duration = (description: string, more: Schema = {}): Schema => ({
  type: 'string',
  pattern: '^(\\d+(\\.\\d+)?(ns|us|µs|ms|s|m|h))+$',
  description,
  examples: ['30s', '1m30s'],
  ...more,
});

export const yes = (description: string, value: boolean): Schema => ({
  type: 'boolean',
  description,
  default: value,
});

export const count = (description: string, minimum: number, maximum: number, more: Schema = {}): Schema => ({
  type: 'integer',
  minimum,
  maximum,
  description,
  ...more,
});

/** One of these words. */
export const choice = (description: string, values: readonly string[], more: Schema = {}): Schema => ({
  type: 'string',
  enum: values,
  description,
  ...more,
});

/** A command: as a list, run as it is; as text, parted into words. */
export const command = (description: string): Schema => ({
  anyOf: [{ type: 'array', items: word }, { type: 'string' }],
  description,
});
