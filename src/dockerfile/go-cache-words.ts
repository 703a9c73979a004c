/** Words of a script, as a shell reads them: quotes, variables, substitutions. */

/** A word of a command after the shell has replaced variables. */
export interface ShellWord {
  /** What is known of it: all of it when `whole`, else what comes before the first unknown part. */
  readonly text: string;
  /** False when a part is not known: a command's output, a variable that the script sets. */
  readonly whole: boolean;
  /** It has patterns or a tilde outside of quotes. */
  readonly pattern: boolean;
  /** An unknown part stands outside of quotes, so it may be several words, or none. */
  readonly splits: boolean;
}

/** The script is none that is understood; the message says what is not. */
export class NotUnderstood extends Error {}

/** Where a script is read. */
export interface Reader<Found> {
  readonly text: string;
  at: number;
  /** Undefined when its value is not known. */
  readonly variable: (name: string) => string | undefined;
  readonly found: Found[];
  /** Reads the commands of a substitution, up to `end`. */
  readonly inner: (reader: Reader<Found>, end: string) => void;
}

/** A word as it grows. */
interface Growing {
  text: string;
  whole: boolean;
  pattern: boolean;
  splits: boolean;
}

/** Reads one word; several where a variable outside of quotes holds spaces, none where it is empty. */
export function word<Found>(reader: Reader<Found>): ShellWord[] {
  const done: ShellWord[] = [];
  let growing: Growing | undefined;
  const current = (): Growing => (growing ??= { text: '', whole: true, pattern: false, splits: false });
  const add = (text: string): void => {
    const to = current();
    if (to.whole) to.text += text;
  };
  const expanded = (value: string | undefined, quoted: boolean): void => {
    if (value === undefined) {
      const to = current();
      to.whole = false;
      to.splits ||= !quoted;
      return;
    }
    if (quoted) return add(value);
    const parts = value.split(/[ \t\n]+/);
    for (const [index, part] of parts.entries()) {
      if (index > 0 && growing) {
        done.push(growing);
        growing = undefined;
      }
      if (part === '') continue;
      add(part);
      if (/[*?[~]/.test(part)) current().pattern = true;
    }
  };
  for (;;) {
    const char = reader.text[reader.at];
    if (char === undefined || /[\s;&|<>()]/.test(char)) break;
    if (char === '`') {
      expanded(substitution(reader), false);
    } else if (char === '$') expanded(dollar(reader), false);
    else if (char === "'") add(single(reader));
    else if (char === '"') {
      current();
      double(reader, add, (value) => expanded(value, true));
    } else if (char === '\\') {
      add(reader.text[reader.at + 1] ?? '');
      reader.at += 2;
    } else {
      if (/[*?[{]/.test(char) || (char === '~' && (growing?.text ?? '') === '')) current().pattern = true;
      add(char);
      reader.at++;
    }
  }
  return growing ? [...done, growing] : done;
}

function single<Found>(reader: Reader<Found>): string {
  const end = reader.text.indexOf("'", reader.at + 1);
  if (end < 0) throw new NotUnderstood("a ' that is not closed");
  const text = reader.text.slice(reader.at + 1, end);
  reader.at = end + 1;
  return text;
}

function double<Found>(
  reader: Reader<Found>,
  add: (text: string) => void,
  expanded: (value: string | undefined) => void,
): void {
  reader.at++;
  for (;;) {
    const char = reader.text[reader.at];
    if (char === undefined) throw new NotUnderstood('a " that is not closed');
    if (char === '"') {
      reader.at++;
      return;
    }
    if (char === '$') expanded(dollar(reader));
    else if (char === '`') expanded(substitution(reader));
    else if (char === '\\' && /["\\$`]/.test(reader.text[reader.at + 1] ?? '')) {
      add(reader.text[reader.at + 1] ?? '');
      reader.at += 2;
    } else {
      add(char);
      reader.at++;
    }
  }
}

/** What stands for a `$…`; undefined when it is not known. */
function dollar<Found>(reader: Reader<Found>): string | undefined {
  const rest = reader.text.slice(reader.at);
  if (rest.startsWith('$((')) throw new NotUnderstood('$((');
  if (rest.startsWith('$(')) {
    reader.at += 2;
    reader.inner(reader, ')');
    return undefined;
  }
  if (/^\$["']/.test(rest)) throw new NotUnderstood(rest.slice(0, 2));
  const [plain, braced, bare] = /^\$(?:\{(\w+)\}|([A-Za-z_]\w*))/.exec(rest) ?? [];
  const name = braced ?? bare;
  if (plain !== undefined && name !== undefined) {
    reader.at += plain.length;
    return reader.variable(name);
  }
  if (rest.startsWith('${')) {
    const end = rest.indexOf('}');
    const inner = rest.slice(2, end);
    if (end < 0 || /[`{]|\$\(/.test(inner)) throw new NotUnderstood('${…}');
    reader.at += end + 1;
    return undefined;
  }
  if (/^\$[?$#@*!\d-]/.test(rest)) {
    reader.at += 2;
    return undefined;
  }
  reader.at++;
  return '$';
}

/** A command between backticks. */
function substitution<Found>(reader: Reader<Found>): undefined {
  const end = reader.text.indexOf('`', reader.at + 1);
  const inner = reader.text.slice(reader.at + 1, end);
  if (end < 0 || inner.includes('\\')) throw new NotUnderstood('`');
  reader.inner({ ...reader, text: inner, at: 0 }, '');
  reader.at = end + 1;
}
