import { ToolError } from '../core/errors.ts';
import { bitReader } from './bit-reader.ts';
import type { BitReader } from './bit-reader.ts';
import type { ByteSource } from './byte-source.ts';

/**
 * Unpacks bzip2, all streams of it, one block (at most 900 kB) after the other, and checks the CRC of each block and stream.
 * @throws ToolError IMAGE_INVALID when the stream is cut off, damaged, or followed by something else
 */
export async function* bunzip2(source: ByteSource): AsyncGenerator<Uint8Array> {
  do {
    const bits = bitReader(source, () => damaged('it is cut off'));
    const level = await header(bits);
    let streamCrc = 0;
    for (;;) {
      const magic = [await bits.take(24), await bits.take(24)];
      const crc = (await bits.take(16)) * 0x10000 + (await bits.take(16));
      if (magic[0] === endOfStream[0] && magic[1] === endOfStream[1]) {
        if (crc !== streamCrc) throw damaged('its checksum does not match its bytes');
        break;
      }
      if (magic[0] !== startOfBlock[0] || magic[1] !== startOfBlock[1])
        throw damaged('no block begins where one must');
      const block = await readBlock(bits, level * 100_000);
      let blockCrc = 0xffffffff;
      for (const chunk of runs(block)) {
        blockCrc = crcOf(chunk, blockCrc);
        yield chunk;
      }
      blockCrc = ~blockCrc >>> 0;
      if (blockCrc !== crc) throw damaged('the checksum of a block does not match its bytes');
      streamCrc = (((streamCrc << 1) | (streamCrc >>> 31)) ^ blockCrc) >>> 0;
    }
    bits.release();
  } while (!(await source.ended()));
}

/** Digits of pi, and of its square root. */
const startOfBlock = [0x314159, 0x265359] as const;
const endOfStream = [0x177245, 0x385090] as const;

/** @returns the size of a block, in units of 100,000 bytes */
async function header(bits: BitReader): Promise<number> {
  const magic = await bits.take(24);
  const level = (await bits.take(8)) - 0x30;
  if (magic !== 0x425a68 || level < 1 || level > 9)
    throw damaged('something that is not bzip2 stands where a stream must begin');
  return level;
}

/** A block after the Burrows-Wheeler transform has been undone; runs of bytes are still short. */
async function readBlock(bits: BitReader, limit: number): Promise<Uint8Array> {
  if ((await bits.take(1)) === 1) throw damaged('it is of a kind that was given up in 1997');
  const origin = await bits.take(24);
  const alphabet = await readAlphabet(bits);
  const symbols = alphabet.length + 2;
  const { tables, selectors } = await readTables(bits, symbols);
  const vector = new Uint32Array(limit);
  const counts = new Uint32Array(256);
  let size = 0;
  let run = 0;
  let weight = 1;
  const put = (byte: number, count: number): void => {
    if (size + count > limit) throw damaged('a block is longer than its stream allows');
    vector.fill(byte, size, size + count);
    counts[byte] = (counts[byte] ?? 0) + count;
    size += count;
  };
  for (let group = 0; ; group++) {
    const table = tables[selectors[group] ?? -1];
    if (!table) throw damaged('a block has more symbols than it announces');
    for (let index = 0; index < groupSize; index++) {
      const wait = bits.ready(longestCode);
      if (wait) await wait;
      const symbol = decodeSymbol(bits, table);
      if (symbol <= 1) {
        // Two digits, written from the lowest on, with values 1 and 2.
        run += weight * (symbol + 1);
        if (run > limit) throw damaged('a block is longer than its stream allows');
        weight *= 2;
        continue;
      }
      if (run > 0) put(alphabet[0] ?? 0, run);
      run = 0;
      weight = 1;
      if (symbol === symbols - 1) return untransform(vector, counts, size, origin);
      const byte = alphabet[symbol - 1];
      if (byte === undefined) throw damaged('a block has a symbol that it does not announce');
      alphabet.copyWithin(1, 0, symbol - 1);
      alphabet[0] = byte;
      put(byte, 1);
    }
  }
}

/** Symbols that are decoded by one table before the next is selected. */
const groupSize = 50;

/** The bytes that occur in a block, in order. */
async function readAlphabet(bits: BitReader): Promise<Uint8Array> {
  const rows = await bits.take(16);
  const bytes: number[] = [];
  for (let row = 0; row < 16; row++) {
    if (((rows >> (15 - row)) & 1) === 0) continue;
    const columns = await bits.take(16);
    for (let column = 0; column < 16; column++)
      if (((columns >> (15 - column)) & 1) === 1) bytes.push(row * 16 + column);
  }
  if (bytes.length === 0) throw damaged('a block has no bytes');
  return Uint8Array.from(bytes);
}

/** A canonical Huffman code: of each length its first code, how many there are, and where their symbols begin. */
interface Table {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly offset: Int32Array;
  readonly symbols: Uint16Array;
  /** By the next ten bits: the symbol times 32 and the length of its code, or 0 when the code is longer. */
  readonly short: Uint16Array;
}

const shortCode = 10;
const longestCode = 20;

async function readTables(
  bits: BitReader,
  symbols: number,
): Promise<{ readonly tables: readonly Table[]; readonly selectors: Uint8Array }> {
  const groups = await bits.take(3);
  const used = await bits.take(15);
  if (groups < 2 || groups > 6 || used === 0) throw damaged('a block has an impossible number of tables');
  const recent = Array.from({ length: groups }, (_, index) => index);
  const selectors = new Uint8Array(used);
  for (let index = 0; index < used; index++) {
    let depth = 0;
    while ((await bits.take(1)) === 1) depth++;
    const [table] = recent.splice(depth, 1);
    if (table === undefined) throw damaged('a block selects a table that it does not have');
    recent.unshift(table);
    selectors[index] = table;
  }
  const tables: Table[] = [];
  for (let group = 0; group < groups; group++) {
    const lengths: number[] = [];
    let length = await bits.take(5);
    for (let symbol = 0; symbol < symbols; symbol++) {
      while ((await bits.take(1)) === 1) {
        length += (await bits.take(1)) === 1 ? -1 : 1;
        if (length < 1 || length > longestCode) throw damaged('a code of a block has an impossible length');
      }
      if (length < 1 || length > longestCode) throw damaged('a code of a block has an impossible length');
      lengths.push(length);
    }
    tables.push(makeTable(lengths));
  }
  return { tables, selectors };
}

function makeTable(lengths: readonly number[]): Table {
  const count = new Int32Array(longestCode + 1);
  for (const length of lengths) count[length] = (count[length] ?? 0) + 1;
  const first = new Int32Array(longestCode + 1);
  const offset = new Int32Array(longestCode + 1);
  for (let length = 1, code = 0, sum = 0; length <= longestCode; length++) {
    first[length] = code;
    offset[length] = sum;
    code = (code + (count[length] ?? 0)) << 1;
    sum += count[length] ?? 0;
  }
  const order = lengths
    .map((length, symbol) => ({ length, symbol }))
    .sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  const table = {
    first,
    count,
    offset,
    symbols: Uint16Array.from(order, ({ symbol }) => symbol),
    short: new Uint16Array(1 << shortCode),
  };
  for (const index of table.short.keys()) {
    const found = findCode(table, index, shortCode);
    if (found) table.short[index] = found.symbol * 32 + found.length;
  }
  return table;
}

/** The code that the bits begin with; undefined when it is longer than they are. */
function findCode(
  table: Table,
  bits: number,
  width: number,
): { readonly symbol: number; readonly length: number } | undefined {
  for (let length = 1; length <= width; length++) {
    const index = (bits >> (width - length)) - (table.first[length] ?? 0);
    if (index < 0 || index >= (table.count[length] ?? 0)) continue;
    return { symbol: table.symbols[(table.offset[length] ?? 0) + index] ?? 0, length };
  }
  return undefined;
}

/** The next symbol, of which the bits are there. */
function decodeSymbol(bits: BitReader, table: Table): number {
  const entry = table.short[bits.peek(shortCode)] ?? 0;
  if (entry > 0) {
    bits.drop(entry & 31);
    return entry >> 5;
  }
  const found = findCode(table, bits.peek(longestCode), longestCode);
  if (!found) throw damaged('a block has a code that it does not announce');
  bits.drop(found.length);
  return found.symbol;
}

/** Undoes the Burrows-Wheeler transform. Each word of `vector` holds a byte, and then above it where the next one stands. */
function untransform(vector: Uint32Array, counts: Uint32Array, size: number, origin: number): Uint8Array {
  if (origin >= size) throw damaged('a block begins outside itself');
  const start = new Uint32Array(256);
  for (let byte = 1; byte < 256; byte++) start[byte] = (start[byte - 1] ?? 0) + (counts[byte - 1] ?? 0);
  for (let index = 0; index < size; index++) {
    const byte = (vector[index] ?? 0) & 0xff;
    const at = start[byte] ?? 0;
    start[byte] = at + 1;
    vector[at] = (vector[at] ?? 0) | (index << 8);
  }
  const bytes = new Uint8Array(size);
  let word = vector[(vector[origin] ?? 0) >>> 8] ?? 0;
  for (let index = 0; index < size; index++) {
    bytes[index] = word & 0xff;
    word = vector[word >>> 8] ?? 0;
  }
  return bytes;
}

const chunkSize = 64 * 1024;

/** Four equal bytes are followed by how many more there are. */
function* runs(block: Uint8Array): Generator<Uint8Array> {
  let chunk = new Uint8Array(chunkSize);
  let size = 0;
  let last = -1;
  let repeated = 0;
  for (const byte of block) {
    if (size + 256 > chunkSize) {
      yield chunk.subarray(0, size);
      chunk = new Uint8Array(chunkSize);
      size = 0;
    }
    if (repeated === 4) {
      chunk.fill(last, size, size + byte);
      size += byte;
      repeated = 0;
      last = -1;
      continue;
    }
    repeated = byte === last ? repeated + 1 : 1;
    last = byte;
    chunk[size++] = byte;
  }
  if (size > 0) yield chunk.subarray(0, size);
}

/** The checksum of Ethernet, highest bit first; node:zlib's goes the other way. */
function crcOf(bytes: Uint8Array, before: number): number {
  let crc = before;
  for (const byte of bytes) crc = (crc << 8) ^ (crcTable[((crc >>> 24) ^ byte) & 0xff] ?? 0);
  return crc;
}

const crcTable = Int32Array.from({ length: 256 }, (_, index) => {
  let crc = index << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

function damaged(what: string): ToolError {
  return new ToolError('IMAGE_INVALID', `the bzip2 stream is damaged: ${what}`, {
    hint: 'Fetch or make the file again.',
  });
}
