import { readFlags } from './flags-read.ts';
import type { JoinedLine } from './lines.ts';
import { isSeparator, skipSeparators, skipSpaces, skipSpacesBack } from './parse-space.ts';
import type { FlagNode, Span } from './syntax.ts';

/** A joined line, cut into what every instruction has. */
export interface LineParts {
  /** Upper case where BuildKit knows it, so that no other letter than its own passes for one. */
  readonly keyword: string;
  readonly keywordSpan: Span;
  readonly flags: readonly FlagNode[];
  readonly rest: string;
  readonly restOffsets: readonly number[];
  readonly restSpan: Span;
}

/** `KEYWORD --flag=… rest`, white space around each taken away. `end` is the place behind the line, for what is not there. */
export function splitLine(
  line: Pick<JoinedLine, 'text' | 'offsets'>,
  escape: string,
  end: number,
): LineParts {
  const { text, offsets } = line;
  const stop = skipSpacesBack(text, 0, text.length);
  const start = skipSpaces(text, 0, stop);
  let keywordEnd = start;
  while (keywordEnd < stop && !isSeparator(text.charAt(keywordEnd))) keywordEnd++;
  const spanOf = (from: number, to: number): Span =>
    from < to
      ? { start: offsets[from] ?? end, end: (offsets[to - 1] ?? end) + 1 }
      : { start: offsets[from] ?? end, end: offsets[from] ?? end };
  const whole = stop === text.length ? line : { text: text.slice(0, stop), offsets };
  const { flags, rest } = readFlags(whole, skipSeparators(text, keywordEnd, stop), escape);
  const restStart = skipSpaces(text, rest, stop);
  return {
    keyword: upper(text.slice(start, keywordEnd)),
    keywordSpan: spanOf(start, keywordEnd),
    flags,
    rest: text.slice(restStart, stop),
    restOffsets: offsets.slice(restStart, stop),
    restSpan: spanOf(restStart, stop),
  };
}

/** Upper case, but of no letter that has a special one (the long s is none of ours). */
function upper(keyword: string): string {
  return keyword.toLowerCase().replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
