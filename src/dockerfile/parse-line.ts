import { readFlags } from './flags-read.ts';
import { spanOfPart } from './lines.ts';
import { skipSeparators, skipSpaces, skipSpacesBack, toSeparator } from './parse-space.ts';
import type { InstructionNode } from './syntax.ts';

/** What every instruction has: `KEYWORD --flag=… rest`. */
export type LineParts = Pick<
  InstructionNode,
  'keyword' | 'keywordSpan' | 'flags' | 'rest' | 'restAt' | 'restSpan' | 'line' | 'pieces'
>;

/**
 * Cuts a joined line into what every instruction has, white space around each taken away.
 * @param from where in the line the instruction begins: behind ONBUILD there is a second one
 */
export function splitLine(
  { line, pieces }: Pick<InstructionNode, 'line' | 'pieces'>,
  escape: string,
  from = 0,
): LineParts {
  const stop = skipSpacesBack(line, from, line.length);
  const start = skipSpaces(line, from, stop);
  const keywordEnd = toSeparator(line, start, stop);
  const flagsStart = skipSeparators(line, keywordEnd, stop);
  const { flags, rest } = readFlags({ text: line.slice(0, stop), pieces }, flagsStart, escape);
  const restAt = skipSpaces(line, rest, stop);
  return {
    keyword: upper(line.slice(start, keywordEnd)),
    keywordSpan: spanOfPart(pieces, start, keywordEnd),
    flags,
    rest: line.slice(restAt, stop),
    restAt,
    restSpan: spanOfPart(pieces, restAt, stop),
    line,
    pieces,
  };
}

/** Upper case, but of no letter that has a special one (the long s is none of ours). */
function upper(keyword: string): string {
  // The longest that there is has eleven.
  if (keyword.length > 20 || !/[^A-Z]/.test(keyword)) return keyword;
  return keyword.toLowerCase().replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
