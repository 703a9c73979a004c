import { placeIn, type JoinedLine } from './lines.ts';
import { isSeparator, skipSeparators } from './parse-space.ts';
import type { FlagNode } from './syntax.ts';

type Text = Pick<JoinedLine, 'text' | 'pieces'>;

/**
 * The `--name=value` words at `at`, and where the text behind them begins. A bare `--` ends them. Quotes of both kinds are taken away
 * and the escape character with them, also between single quotes.
 */
export function readFlags(
  line: Text,
  at: number,
  escape: string,
): { flags: readonly FlagNode[]; rest: number } {
  const { text } = line;
  if (!text.startsWith('--', at)) return { flags: none, rest: at };
  const flags: FlagNode[] = [];
  for (;;) {
    at = skipSeparators(text, at, text.length);
    if (!text.startsWith('--', at)) return { flags, rest: at };
    const word = readWord(line, at, escape);
    at = word.end;
    if (word.text === '--') return { flags, rest: at };
    flags.push(flagNode(word));
  }
}

const none: readonly never[] = [];

interface FlagWord {
  readonly text: string;
  readonly offsets: readonly number[];
  readonly start: number;
  readonly endOffset: number;
  readonly end: number;
}

function readWord(line: Text, start: number, escape: string): FlagWord {
  const { text } = line;
  const parts: string[] = [];
  const offsets: number[] = [];
  let quote = '';
  let at = start;
  for (; at < text.length; at++) {
    let unit = text.charAt(at);
    if (quote === '' && isSeparator(text.charCodeAt(at))) break;
    if (quote === '' ? unit === '"' || unit === "'" : unit === quote) {
      quote = quote === '' ? unit : '';
      continue;
    }
    if (unit === escape) {
      at++;
      if (at === text.length) break;
      unit = text.charAt(at);
    }
    parts.push(unit);
    offsets.push(placeIn(line.pieces, at));
  }
  return {
    text: parts.join(''),
    offsets,
    start: placeIn(line.pieces, start),
    endOffset: placeIn(line.pieces, Math.min(at, text.length) - 1) + 1,
    end: at,
  };
}

function flagNode({ text, offsets, start, endOffset }: FlagWord): FlagNode {
  const span = { start, end: endOffset };
  const equals = text.indexOf('=');
  if (equals === -1) return { name: text.slice(2), span, valueOffsets: [] };
  return {
    name: text.slice(2, equals),
    value: text.slice(equals + 1),
    span,
    valueSpan: { start: (offsets[equals] ?? start) + 1, end: endOffset },
    valueOffsets: offsets.slice(equals + 1),
  };
}
