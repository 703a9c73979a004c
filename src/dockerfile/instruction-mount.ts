import { didYouMean, dockerfileError, quoted } from './dockerfile-error.ts';
import { mountFields, type MountField } from './instruction-mount-csv.ts';
import { mountValue } from './instruction-mount-value.ts';
import type { MountOptions, Word } from './instructions.ts';
import type { Dockerfile, FlagNode } from './syntax.ts';

type MountType = MountOptions['type'];
const types: readonly MountType[] = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];

const aliases: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};
const names = [
  ...['type', 'from', 'source', 'target', 'readonly', 'readwrite', 'id', 'sharing', 'required', 'size'],
  ...['mode', 'uid', 'gid', 'env'],
];
/** Options that only some types have; all others mean something, or nothing, to each. */
const only: Readonly<Record<string, readonly MountType[]>> = {
  from: ['bind', 'cache', 'tmpfs', 'ssh'],
  sharing: ['cache'],
  required: ['secret', 'ssh'],
  size: ['tmpfs'],
  mode: ['cache', 'secret', 'ssh'],
  uid: ['cache', 'secret', 'ssh'],
  gid: ['cache', 'secret', 'ssh'],
};

/**
 * One `--mount` of RUN. When an option is given twice the last one counts, as in BuildKit. Values with variables are checked when
 * those are replaced, by lower-mounts.ts.
 * @throws ToolError DOCKERFILE_INVALID
 */
export function typeMount(flag: FlagNode, dockerfile: Dockerfile): MountOptions {
  const fields = mountFields(flag);
  if ('mistake' in fields) {
    throw dockerfileError(
      dockerfile,
      fields.at.span,
      `the value of --mount ${fields.mistake}`,
      'Write --mount=type=cache,target=/path',
    );
  }
  let type: MountType = 'bind';
  const options = new Map<string, Word>();
  for (const field of fields) {
    const name = optionName(field, dockerfile);
    if (name === 'type') type = mountType(field, dockerfile);
    else if (name === 'readwrite') options.set('readonly', readonlyOf(field, dockerfile));
    else options.set(name, optionValue(name, field, dockerfile));
  }
  const span = flag.span;
  for (const [name, word] of options) {
    const allowed = only[name];
    if (allowed === undefined || allowed.includes(type)) continue;
    throw dockerfileError(
      dockerfile,
      word.span,
      `a mount of type ${type} has no option ${name}`,
      `${name} is for ${allowed.join(', ')}.`,
    );
  }
  if (type === 'secret') checkSecret(options, span, dockerfile);
  return { type, options, span };
}

function optionName(field: MountField, dockerfile: Dockerfile): string {
  const name = Object.hasOwn(aliases, field.key) ? (aliases[field.key] ?? field.key) : field.key;
  if (!names.includes(name)) {
    throw dockerfileError(
      dockerfile,
      field.word.span,
      `--mount has no option ${quoted(field.key)}`,
      didYouMean(field.key, [...names, ...Object.keys(aliases)]),
    );
  }
  if (field.value === undefined && name !== 'readonly' && name !== 'readwrite' && name !== 'required') {
    throw dockerfileError(
      dockerfile,
      field.word.span,
      `the mount option ${name} has no value`,
      `Write ${name}=VALUE`,
    );
  }
  return name;
}

function mountType(field: MountField, dockerfile: Dockerfile): MountType {
  const word = field.value ?? field.word;
  const type = types.find((one) => one === word.text.toLowerCase());
  if (type !== undefined) return type;
  if (word.text.includes('$')) {
    throw dockerfileError(
      dockerfile,
      word.span,
      'the type of a mount cannot be a variable',
      `Write it out: ${types.join(', ')}.`,
      'UNSUPPORTED',
    );
  }
  throw dockerfileError(
    dockerfile,
    word.span,
    `there is no mount of type ${quoted(word.text)}`,
    didYouMean(word.text.toLowerCase(), types, 'type='),
  );
}

function optionValue(name: string, field: MountField, dockerfile: Dockerfile): Word {
  const word = field.value ?? { text: 'true', span: field.word.span };
  const dollar = word.text.indexOf('$');
  if (name === 'from' && dollar !== -1 && dollar < word.text.length - 1) {
    throw dockerfileError(
      dockerfile,
      word.span,
      'variables are not expanded in from of a mount',
      'Give the image a name: FROM image:$VERSION AS name, and write from=name.',
    );
  }
  if (!isLiteral(word.text)) return word;
  const value = mountValue(name, word.text);
  if (typeof value === 'string') return { text: value, span: word.span };
  throw dockerfileError(dockerfile, word.span, value.message, value.hint);
}

/** `rw` is `readonly=false`. */
function readonlyOf(field: MountField, dockerfile: Dockerfile): Word {
  const { span, text } = field.value ?? { text: 'true', span: field.word.span };
  if (!isLiteral(text)) {
    throw dockerfileError(
      dockerfile,
      span,
      'readwrite of a mount cannot be a variable',
      'Write readonly=… with the opposite value.',
      'UNSUPPORTED',
    );
  }
  const value = optionValue('readonly', field, dockerfile);
  return { text: value.text === 'true' ? 'false' : 'true', span };
}

function checkSecret(
  options: MountOptions['options'],
  span: MountOptions['span'],
  dockerfile: Dockerfile,
): void {
  const given = (name: string): boolean => (options.get(name)?.text ?? '') !== '';
  if (!given('id') && !given('source') && !given('target')) {
    throw dockerfileError(
      dockerfile,
      span,
      'a mount of type secret needs an id',
      'Write --mount=type=secret,id=NAME and build with --secret id=NAME,src=FILE',
    );
  }
  if (given('id') && given('source')) {
    throw dockerfileError(
      dockerfile,
      span,
      'a mount of type secret has both id and source, which are two names of one thing',
      'Keep id.',
    );
  }
}

/** True when expansion changes nothing. */
function isLiteral(text: string): boolean {
  return !/[$'"\\`]/.test(text);
}
