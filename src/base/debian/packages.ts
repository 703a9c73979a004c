import { createHash } from 'node:crypto';
import { ToolError } from '../../core/errors.ts';
import { stanzaTexts } from './control.ts';
import { lineOf } from './record-line.ts';

/** Characters of the longest stanza that is read; Debian's longest has some 30,000. */
const longestStanza = 1024 * 1024;

/**
 * A Packages file in the form that is kept: a line for each package, by name, then a line for each name that a package provides, with the
 * place of that package's line. Both are looked up by halving.
 */
export interface Packages {
  readonly text: Buffer;
  /** Where the lines of provided names begin. */
  readonly provided: number;
  /** What a file of it holds: digest of the rest, place of the provided names, text. */
  readonly file: Buffer;
}

const digits = 12;
const digestEnd = 64 + 1;
const header = digestEnd + digits + 1;

/**
 * Makes the kept form of a Packages file from its bytes; they need not be proven before the stream's end.
 * @throws ToolError INDEX_INVALID
 */
export async function compactPackages(bytes: AsyncIterable<Uint8Array>): Promise<Packages> {
  const spool = lineSpool();
  const found: { readonly line: Buffer; readonly provides: readonly string[] }[] = [];
  for await (const stanza of stanzaTexts(bytes, longestStanza, tooLong)) {
    const record = lineOf(stanza);
    if (record) found.push({ line: spool(record.line), provides: record.provides.map(ownCopy) });
  }
  // A tab is less than all that a name may hold: the order of the lines is that of the names.
  found.sort((one, other) => Buffer.compare(one.line, other.line));
  const starts: string[] = [];
  let provided = 0;
  for (const { line, provides } of found) {
    for (const name of new Set(provides)) starts.push(`${name}\t${provided}\n`);
    provided += line.length;
  }
  const tail = Buffer.from(starts.sort().join(''), 'latin1');
  const file = Buffer.concat([Buffer.alloc(header), ...found.map(({ line }) => line), tail]);
  file.write(`${String(provided).padStart(digits, '0')}\n`, digestEnd, 'latin1');
  file.write(`${digestOf(file)}\n`, 0, 'latin1');
  return { text: file.subarray(header), provided, file };
}

/** Copies lines into large pieces of memory: as strings, each would hold the part of Packages that it was cut from. */
function lineSpool(): (line: string) => Buffer {
  let piece = Buffer.alloc(0);
  let used = 0;
  return (line) => {
    if (used + line.length + 1 > piece.length) {
      piece = Buffer.allocUnsafe(4 * longestStanza);
      used = 0;
    }
    const start = used;
    used += piece.write(line, used, 'latin1');
    piece[used++] = 10;
    return piece.subarray(start, used);
  };
}

function ownCopy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function tooLong(): ToolError {
  return new ToolError('INDEX_INVALID', `a stanza of Packages has more than ${longestStanza} characters`);
}

function digestOf(file: Buffer): string {
  return createHash('sha256').update(file.subarray(digestEnd)).digest('hex');
}

/** What was kept; undefined when it is damaged. */
export function readKept(file: Buffer): Packages | undefined {
  if (file.length < header || file.toString('latin1', 0, 64) !== digestOf(file)) return undefined;
  const provided = Number(file.toString('latin1', digestEnd, digestEnd + digits));
  return { text: file.subarray(header), provided, file };
}

/** The lines of packages of that name. */
export function linesOf({ text, provided }: Packages, name: string): string[] {
  return linesWith(text.subarray(0, provided), name);
}

/** The lines of packages that provide the name. */
export function linesProviding({ text, provided }: Packages, name: string): string[] {
  return linesWith(text.subarray(provided), name).map((line) => {
    const start = Number(line.slice(line.indexOf('\t') + 1));
    return text.toString('latin1', start, text.indexOf(10, start));
  });
}

/** The lines of packages that are essential, or of priority required. */
export function requiredLines({ text, provided }: Packages): string[] {
  const lines = text.toString('latin1', 0, provided);
  return lines.match(/^(?:[^\t\n]*\t){7}(?:yes\t|\trequired\t).*$/gm) ?? [];
}

/** The lines whose first field is `name`, among lines that are sorted by it. */
function linesWith(lines: Buffer, name: string): string[] {
  const key = Buffer.from(`${name}\t`);
  // The first line whose key is not less lies between the two; both are beginnings of lines, or the end.
  let [from, to] = [0, lines.length];
  while (from < to) {
    const start = lines.lastIndexOf(10, Math.max(0, ((from + to) >> 1) - 1)) + 1;
    const before = start < from ? from : start;
    if (compareKey(lines, before, key) < 0) from = lines.indexOf(10, before) + 1;
    else to = before;
  }
  const found: string[] = [];
  while (from < lines.length && compareKey(lines, from, key) === 0) {
    const end = lines.indexOf(10, from);
    found.push(lines.toString('latin1', from, end));
    from = end + 1;
  }
  return found;
}

/** Order of the line's first field and the key, which ends with a tab as the field does. */
function compareKey(lines: Buffer, at: number, key: Buffer): number {
  const field = lines.subarray(at, Math.min(lines.length, at + key.length));
  return Buffer.compare(field, key);
}
