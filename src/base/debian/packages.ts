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
}

const header = 64 + 1 + 12 + 1;

/**
 * Makes the kept form of a Packages file from its bytes; they need not be proven before the stream's end.
 * @throws ToolError INDEX_INVALID
 */
export async function compactPackages(bytes: AsyncIterable<Uint8Array>): Promise<Packages> {
  const found: { name: string; line: string; provides: readonly string[] }[] = [];
  for await (const stanza of stanzaTexts(bytes, longestStanza, tooLong)) {
    const record = lineOf(stanza);
    if (record) found.push(record);
  }
  found.sort((one, other) => compareText(one.name, other.name));
  const provided: string[] = [];
  let offset = 0;
  for (const { line, provides } of found) {
    for (const name of new Set(provides)) provided.push(`${name}\t${offset}\n`);
    offset += Buffer.byteLength(line) + 1;
  }
  provided.sort(compareText);
  const lines = found.map(({ line }) => `${line}\n`).join('');
  return { text: Buffer.from(lines + provided.join('')), provided: offset };
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function tooLong(): ToolError {
  return new ToolError('INDEX_INVALID', `a stanza of Packages has more than ${longestStanza} characters`);
}

/** The bytes of a file that `readKept` reads: digest of the rest, place of the provided names, text. */
export function keptBytes({ text, provided }: Packages): Buffer {
  const place = Buffer.from(`${String(provided).padStart(12, '0')}\n`);
  const digest = createHash('sha256').update(place).update(text).digest('hex');
  return Buffer.concat([Buffer.from(`${digest}\n`), place, text]);
}

/** What was kept; undefined when it is damaged. */
export function readKept(file: Buffer): Packages | undefined {
  const digest = createHash('sha256').update(file.subarray(65)).digest('hex');
  if (file.length < header || file.toString('latin1', 0, 64) !== digest) return undefined;
  return { text: file.subarray(header), provided: Number(file.toString('latin1', 65, header - 1)) };
}

/** The lines of packages of that name. */
export function linesOf({ text, provided }: Packages, name: string): string[] {
  return linesWith(text.subarray(0, provided), name);
}

/** The lines of packages that provide the name. */
export function linesProviding({ text, provided }: Packages, name: string): string[] {
  return linesWith(text.subarray(provided), name).map((line) => {
    const start = Number(line.slice(line.indexOf('\t') + 1));
    return text.toString('utf8', start, text.indexOf(10, start));
  });
}

/** The lines of packages that are essential, or of priority required. */
export function requiredLines({ text, provided }: Packages): string[] {
  const lines = text.toString('utf8', 0, provided);
  return lines.match(/^(?:[^\t\n]*\t){8}(?:yes\t|\trequired\t).*$/gm) ?? [];
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
    found.push(lines.toString('utf8', from, end));
    from = end + 1;
  }
  return found;
}

/** Order of the line's first field and the key, which ends with a tab as the field does. */
function compareKey(lines: Buffer, at: number, key: Buffer): number {
  const field = lines.subarray(at, Math.min(lines.length, at + key.length));
  return Buffer.compare(field, key);
}
