/**
 * Reads a RUN script as far as simple commands go, to tell what it can touch. It never runs anything, and what it does not know is an
 * error. Which command follows on which does not count: whoever asks takes all of them as if each might run at any time.
 */

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

export interface ShellCommand {
  /** `NAME=VALUE` before the command, or alone. */
  readonly assigned: readonly { readonly name: string; readonly value: ShellWord }[];
  readonly words: readonly ShellWord[];
  /** Files that output goes to or input comes from; `&1` for descriptors. */
  readonly redirects: readonly ShellWord[];
  /** Its output goes to another command, or becomes a part of a word. */
  readonly captured: boolean;
}

/** The script is none that is understood; the message says what is not. */
export class NotUnderstood extends Error {}

/**
 * All simple commands of a script, those of `$(…)` among them.
 * @param variable a variable that is set before the script; undefined when it is not known
 * @throws NotUnderstood
 */
export function readScript(
  script: string,
  variable: (name: string) => string | undefined,
): readonly ShellCommand[] {
  const reader: Reader = { text: script.replaceAll('\\\n', ''), at: 0, variable: () => undefined, found: [] };
  // Once to see what the script sets: what these hold is not known anywhere in it.
  list(reader, '', false);
  const set = new Set(reader.found.flatMap(namesSet));
  const second: Reader = {
    ...reader,
    at: 0,
    variable: (name) => (set.has(name) ? undefined : variable(name)),
    found: [],
  };
  list(second, '', false);
  return second.found;
}

/** Variables that a command gives a value to, as far as that concerns later ones. */
function namesSet({ assigned, words }: ShellCommand): string[] {
  const [command, ...rest] = words.map(({ text }) => text);
  const named = rest.flatMap((text) => /^(\w+)(=|$)/.exec(text)?.[1] ?? []);
  const own = assigned.map(({ name }) => name);
  if (command === undefined) return own;
  return ['export', 'unset', 'read', 'local', 'readonly', 'for'].includes(command) ? [...own, ...named] : own;
}

interface Reader {
  readonly text: string;
  at: number;
  readonly variable: (name: string) => string | undefined;
  readonly found: ShellCommand[];
}

/** Words that only say which commands run, and how often. */
const flow = new Set(['if', 'then', 'elif', 'else', 'fi', 'while', 'until', 'do', 'done', '!', '{', '}']);

/** Commands up to `end`, or to the end of the script. */
function list(reader: Reader, end: string, captured: boolean): void {
  for (;;) {
    skipSpace(reader, true);
    const next = reader.text[reader.at];
    if (next === undefined) {
      if (end !== '') throw new NotUnderstood(`${end} is missing`);
      return;
    }
    if (next === end) {
      reader.at++;
      return;
    }
    if (next === '(') {
      reader.at++;
      list(reader, ')', captured);
      if (/^\s*(\||[0-9]*[<>])/.test(reader.text.slice(reader.at)))
        throw new NotUnderstood('a group with a redirection');
    } else if (/[;&|]/.test(next)) {
      reader.at++;
    } else if (next === ')') {
      throw new NotUnderstood(') without (');
    } else command(reader, captured);
  }
}

function command(reader: Reader, captured: boolean): void {
  const assigned: { name: string; value: ShellWord }[] = [];
  const words: ShellWord[] = [];
  const redirects: ShellWord[] = [];
  for (;;) {
    skipSpace(reader, false);
    const rest = reader.text.slice(reader.at);
    const redirect = /^(?:\d*(?:>>|>\||>&|<&|>|<)|&>>?)/.exec(rest)?.[0];
    if (redirect !== undefined) {
      if (/^<<|^<\(|^>\(/.test(rest)) throw new NotUnderstood(rest.slice(0, 2));
      reader.at += redirect.length;
      skipSpace(reader, false);
      const [file] = word(reader);
      if (!file) throw new NotUnderstood(`${redirect} without a file`);
      redirects.push(redirect.endsWith('&') && /^\d+$/.test(file.text) ? { ...file, text: '&' } : file);
      continue;
    }
    if (rest === '' || /^[\n;&|)]/.test(rest)) break;
    if (rest.startsWith('(')) throw new NotUnderstood('a shell function or a list in parentheses');
    const begins = reader.at;
    const read = word(reader);
    const bare = reader.text.slice(begins, reader.at);
    if (words.length === 0 && assigned.length === 0 && flow.has(bare)) {
      if (/^\s*(\|(?!\|)|\d*[<>])/.test(reader.text.slice(reader.at)))
        throw new NotUnderstood(`${bare} with a redirection`);
      continue;
    }
    const [, name] = /^(\w+)\+?=/.exec(bare) ?? [];
    const [value] = read;
    if (words.length === 0 && name !== undefined && value) {
      if (read.length > 1) throw new NotUnderstood(bare);
      assigned.push({ name, value: { ...value, text: value.text.slice(name.length + 1) } });
    } else words.push(...read);
  }
  const piped = /^\s*\|(?!\|)/.test(reader.text.slice(reader.at));
  if (assigned.length + words.length + redirects.length > 0)
    reader.found.push({ assigned, words, redirects, captured: captured || piped });
}

function skipSpace(reader: Reader, lines: boolean): void {
  const { text } = reader;
  for (;;) {
    const char = text[reader.at];
    if (char === ' ' || char === '\t' || char === '\r' || (lines && char === '\n')) reader.at++;
    else if (char === '#') reader.at = endOf(text, reader.at);
    else return;
  }
}

function endOf(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** A word as it grows. */
interface Growing {
  text: string;
  whole: boolean;
  pattern: boolean;
  splits: boolean;
}

/** One word; several where a variable outside of quotes holds spaces, none where it is empty. */
function word(reader: Reader): ShellWord[] {
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

function single(reader: Reader): string {
  const end = reader.text.indexOf("'", reader.at + 1);
  if (end < 0) throw new NotUnderstood("a ' that is not closed");
  const text = reader.text.slice(reader.at + 1, end);
  reader.at = end + 1;
  return text;
}

function double(
  reader: Reader,
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
function dollar(reader: Reader): string | undefined {
  const rest = reader.text.slice(reader.at);
  if (rest.startsWith('$((')) throw new NotUnderstood('$((');
  if (rest.startsWith('$(')) {
    reader.at += 2;
    list(reader, ')', true);
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
function substitution(reader: Reader): undefined {
  const end = reader.text.indexOf('`', reader.at + 1);
  const inner = reader.text.slice(reader.at + 1, end);
  if (end < 0 || inner.includes('\\')) throw new NotUnderstood('`');
  list({ ...reader, text: inner, at: 0 }, '', true);
  reader.at = end + 1;
}
