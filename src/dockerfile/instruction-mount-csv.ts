import type { Word } from './instructions.ts';
import type { FlagNode } from './syntax.ts';

/** A field of `--mount`: `key=value`, or a bare key. */
export interface MountField {
  readonly key: string;
  readonly value?: Word;
  readonly word: Word;
}

/**
 * The comma-separated fields of a flag's value, RFC 4180: a field that holds a comma stands in double quotes, and a quote in it is
 * written twice.
 * @returns the span's mistake instead, when there is one
 */
export function mountFields(flag: FlagNode): MountField[] | { readonly mistake: string; readonly at: Word } {
  const text = flag.value ?? '';
  const whole: Word = { text, span: flag.valueSpan ?? flag.span };
  if (text === '') return { mistake: 'has no options', at: whole };
  const fields: MountField[] = [];
  for (let at = 0; ;) {
    const units: number[] = [];
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (at >= text.length) return { mistake: 'has a quote that is not closed', at: whole };
        if (text[at] === '"') at++;
        units.push(at);
      }
      at++;
      if (at < text.length && text[at] !== ',')
        return { mistake: 'has something else than a comma behind a quote', at: whole };
    } else {
      for (; at < text.length && text[at] !== ','; at++) {
        if (text[at] === '"') return { mistake: 'has a quote inside a field', at: whole };
        units.push(at);
      }
    }
    fields.push(fieldOf(flag, units));
    if (at >= text.length) return fields;
    at++;
  }
}

function fieldOf(flag: FlagNode, units: readonly number[]): MountField {
  const whole = flag.valueSpan ?? flag.span;
  const wordOf = (part: readonly number[]): Word => {
    const start = flag.valueOffsets[part[0] ?? -1];
    const last = flag.valueOffsets[part.at(-1) ?? -1];
    return {
      text: part.map((at) => flag.value?.charAt(at) ?? '').join(''),
      span: start === undefined || last === undefined ? whole : { start, end: last + 1 },
    };
  };
  const word = wordOf(units);
  const equals = word.text.indexOf('=');
  if (equals === -1) return { key: word.text.toLowerCase(), word };
  return {
    key: word.text.slice(0, equals).toLowerCase(),
    value: wordOf(units.slice(equals + 1)),
    word,
  };
}
