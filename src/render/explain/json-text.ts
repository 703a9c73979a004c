/**
 * JSON with one line for each innermost object or list: to be read by people and compared line by line, at a fraction of the size of
 * one line for each number. Gives what JSON.stringify would, but for the white space.
 */
export function jsonText(value: unknown): string {
  return [...jsonPieces(value)].join('');
}

/** Characters that are worth a write of their own. */
const chunk = 1 << 20;

/** The same text piece by piece, as all of it is as large as what it tells of. */
export function* jsonChunks(value: unknown): Generator<string> {
  let pieces: string[] = [];
  let length = 0;
  for (const piece of jsonPieces(value)) {
    pieces.push(piece);
    length += piece.length;
    if (length < chunk) continue;
    yield pieces.join('');
    pieces = [];
    length = 0;
  }
  yield pieces.join('');
}

function* jsonPieces(value: unknown, indent = ''): Generator<string> {
  if (!isNested(value)) {
    yield JSON.stringify(value) ?? 'null';
    return;
  }
  const deeper = `${indent}  `;
  const isList = Array.isArray(value);
  const entries = isList ? value.entries() : Object.entries(value);
  let before = `${isList ? '[' : '{'}\n${deeper}`;
  for (const [key, each] of entries) {
    if (!isList && each === undefined) continue;
    yield isList ? before : `${before}${JSON.stringify(key)}: `;
    yield* jsonPieces(each, deeper);
    before = `,\n${deeper}`;
  }
  yield `\n${indent}${isList ? ']' : '}'}`;
}

/** Whether something has lists or objects in it. */
function isNested(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  for (const each of Object.values(value)) if (typeof each === 'object' && each !== null) return true;
  return false;
}
