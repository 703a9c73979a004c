/**
 * Reads a RUN script as far as simple commands go, to tell what it can touch. It never runs anything, and what it does not know is an
 * error. Which command follows on which does not count: whoever asks takes all of them as if each might run at any time.
 */
import { NotUnderstood, word, type Reader, type ShellWord } from './go-cache-words.ts';

export interface ShellCommand {
  /** `NAME=VALUE` before the command, or alone. */
  readonly assigned: readonly { readonly name: string; readonly value: ShellWord }[];
  readonly words: readonly ShellWord[];
  /** Files that output goes to or input comes from; `&` for another descriptor. */
  readonly redirects: readonly ShellWord[];
  /** Its output goes to another command, or becomes a part of a word. */
  readonly captured: boolean;
}

type Scripts = Reader<ShellCommand>;

/**
 * All simple commands of a script, those of `$(…)` among them.
 * @param variable a variable that is set before the script; undefined when it is not known
 * @throws NotUnderstood
 */
export function readScript(
  script: string,
  variable: (name: string) => string | undefined,
): readonly ShellCommand[] {
  const reader: Scripts = {
    text: script.replaceAll('\\\n', ''),
    at: 0,
    variable: () => undefined,
    found: [],
    inner,
  };
  // Once to see what the script sets: what these hold is not known anywhere in it.
  list(reader, '', false);
  const set = new Set(reader.found.flatMap(namesSet));
  const second: Scripts = {
    ...reader,
    at: 0,
    variable: (name) => (set.has(name) ? undefined : variable(name)),
    found: [],
  };
  list(second, '', false);
  return second.found;
}

function inner(reader: Scripts, end: string): void {
  list(reader, end, true);
}

/** Variables that a command gives a value to, as far as that concerns later ones. */
function namesSet({ assigned, words }: ShellCommand): string[] {
  const [command, ...rest] = words.map(({ text }) => text);
  const named = rest.flatMap((text) => /^(\w+)(=|$)/.exec(text)?.[1] ?? []);
  const own = assigned.map(({ name }) => name);
  if (command === undefined) return own;
  return ['export', 'unset', 'read', 'local', 'readonly', 'for'].includes(command) ? [...own, ...named] : own;
}

/** Words that only say which commands run, and how often. */
const flow = new Set(['if', 'then', 'elif', 'else', 'fi', 'while', 'until', 'do', 'done', '!', '{', '}']);

/** Commands up to `end`, or to the end of the script. */
function list(reader: Scripts, end: string, captured: boolean): void {
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

function command(reader: Scripts, captured: boolean): void {
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

function skipSpace(reader: Scripts, lines: boolean): void {
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
