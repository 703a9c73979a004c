import { heredocWords } from './heredoc-words.ts';

/** What `<<EOF` says. */
export interface HeredocMarker {
  readonly name: string;
  /** False when a part of the name was quoted. */
  readonly expand: boolean;
  readonly chomp: boolean;
  /** 0 when none is given. */
  readonly fd: number;
}

/**
 * The heredoc that a word begins (`<<EOF`, `<<-EOF`, `3<<"EOF"`); undefined when it begins none, `invalid` when its name cannot be
 * read. As in BuildKit, all of the word behind `<<` is the name: `<<EOF>file` ends at a line `EOF>file`.
 */
export function heredocMarker(word: string): HeredocMarker | 'invalid' | undefined {
  const match = /^(\d*)<<(-?)[\t\n\f\r ]*([^<]*)$/.exec(word);
  const [, fd = '', dash = '', rest = ''] = match ?? [];
  if (rest === '') return undefined;
  const common = { chomp: dash === '-', fd: fd === '' ? 0 : Math.min(Number(fd), Number.MAX_SAFE_INTEGER) };
  // What nearly all are called.
  if (/^\w+$/.test(rest)) return { name: rest, expand: true, ...common };
  const plain = heredocWords(rest, { rawQuotes: false, rawEscapes: false });
  if (plain === undefined) return 'invalid';
  const [name] = plain;
  if (plain.length !== 1 || name === undefined) return undefined;
  const raw = heredocWords(rest, { rawQuotes: true, rawEscapes: false });
  if (raw?.length !== 1) return 'invalid';
  return {
    name: name.text,
    expand: quotes(name.text) === quotes(raw[0]?.text ?? ''),
    ...common,
  };
}

/** A heredoc that a line asks for; `at` is where its `<<` stands in the line. */
export interface FoundHeredoc {
  readonly marker: HeredocMarker | 'invalid';
  readonly at: number;
}

/** The heredocs that a line asks for, in order. None when the line cannot be split into words: `unreadable` says so. */
export function findHeredocs(line: string): { found: FoundHeredoc[]; unreadable: boolean } {
  if (!line.includes('<<')) return { found: [], unreadable: false };
  const words = heredocWords(line, { rawQuotes: true, rawEscapes: true });
  const found: FoundHeredoc[] = [];
  for (const word of words ?? []) {
    const marker = heredocMarker(word.text);
    if (marker !== undefined) found.push({ marker, at: word.marker });
  }
  return { found, unreadable: words === undefined };
}

/** A heredoc's body without the tabs at the start of its lines, for `<<-`. */
export function chompTabs(body: string): string {
  return body.replace(/(^|\n)\t+/g, '$1');
}

function quotes(text: string): number {
  let count = 0;
  for (const unit of text) if (unit === '"' || unit === "'") count++;
  return count;
}
