/** How many packages RPM's databases list, read without its tools. Whatever is not as it should be is not counted: undefined. */

/** Pages in a B-tree that is no circle. */
const mostPages = 1_000_000;
const [interior, leaf] = [0x05, 0x0d];

/**
 * Rows of the table `Packages` in an SQLite database (https://www.sqlite.org/fileformat2.html): of its B-tree only the numbers of cells are
 * needed.
 */
export function countSqlite(bytes: Buffer): number | undefined {
  if (!bytes.subarray(0, 16).equals(Buffer.from('SQLite format 3\0'))) return undefined;
  const size = bytes.readUInt16BE(16) === 1 ? 65_536 : bytes.readUInt16BE(16);
  if (size < 512 || (size & (size - 1)) !== 0) return undefined;
  const pages = { bytes, size };
  let root: number | undefined;
  const sound = eachLeaf(pages, 1, (page, headerAt, cells) => {
    for (let cell = 0; cell < cells; cell++)
      root ??= rootOfPackages(page, page.readUInt16BE(headerAt + 8 + 2 * cell));
  });
  if (!sound || root === undefined) return undefined;
  let rows = 0;
  return eachLeaf(pages, root, (_page, _at, cells) => (rows += cells)) ? rows : undefined;
}

interface Pages {
  readonly bytes: Buffer;
  readonly size: number;
}

/** Calls `visit` for each leaf of a table's B-tree; false when it is none. */
function eachLeaf(
  { bytes, size }: Pages,
  root: number,
  visit: (page: Buffer, headerAt: number, cells: number) => void,
): boolean {
  const left = [root];
  const seen = new Set<number>();
  for (let number = left.pop(); number !== undefined; number = left.pop()) {
    const page = bytes.subarray((number - 1) * size, number * size);
    if (number < 1 || page.length < size || seen.has(number) || seen.size > mostPages) return false;
    seen.add(number);
    const at = number === 1 ? 100 : 0;
    const [kind, cells] = [page[at], page.readUInt16BE(at + 3)];
    if (at + 12 + 2 * cells > size) return false;
    if (kind === leaf) visit(page, at, cells);
    else if (kind === interior) {
      left.push(page.readUInt32BE(at + 8));
      for (let cell = 0; cell < cells; cell++) {
        const place = page.readUInt16BE(at + 12 + 2 * cell);
        if (place + 4 > size) return false;
        left.push(page.readUInt32BE(place));
      }
    } else return false;
  }
  return true;
}

/** The root page that a row of the schema names, when it is the row of that table: type, name, table name, root page, text. */
function rootOfPackages(page: Buffer, cell: number): number | undefined {
  const reader = { at: cell };
  varint(page, reader); // bytes of the row
  varint(page, reader); // its number
  const start = reader.at;
  const end = start + varint(page, reader);
  const types: number[] = [];
  while (reader.at < end && types.length < 5) types.push(varint(page, reader));
  let at = end;
  const fields = types.map((type) => {
    const length = type >= 13 ? (type - 13) >> 1 : ([0, 1, 2, 3, 4, 6, 8][type] ?? 0);
    const field = { type, bytes: page.subarray(at, at + length) };
    at += length;
    return field;
  });
  const [kind, name, , root] = fields;
  if (kind?.bytes.toString() !== 'table' || name?.bytes.toString() !== 'Packages' || !root) return undefined;
  if (root.type === 9) return 1;
  return root.bytes.length > 0 && root.bytes.length <= 6
    ? root.bytes.readUIntBE(0, root.bytes.length)
    : undefined;
}

function varint(page: Buffer, reader: { at: number }): number {
  let value = 0;
  for (let count = 0; count < 9; count++) {
    const byte = page[reader.at++] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) break;
  }
  return value;
}

const ndbPage = 4096;
const ndbSlot = 16;

/** Slots in use of an ndb database (SUSE's): behind a header of two slots' length stand slots of 16 bytes, `SLOT`, package, block, blocks. */
export function countNdb(bytes: Buffer): number | undefined {
  if (bytes.length < ndbPage || bytes.toString('latin1', 0, 4) !== 'RpmP') return undefined;
  const end = bytes.readUInt32LE(12) * ndbPage;
  if (end === 0 || end > bytes.length) return undefined;
  let count = 0;
  for (let at = 2 * ndbSlot; at + ndbSlot <= end; at += ndbSlot) {
    if (bytes.toString('latin1', at, at + 4) !== 'Slot') return undefined;
    if (bytes.readUInt32LE(at + 8) !== 0) count++;
  }
  return count;
}
