/** Where in a deflate stream (RFC 1951) the symbols stand that make certain output bytes. */
export interface InflateMap {
  /** For each place asked for: offset in the input of the byte in which the first symbol begins that makes output at or behind it. */
  readonly input: Float64Array;
  /** Headers of blocks with their code tables, which all output of the block needs: input from, to, output from, to; four numbers each. */
  readonly headers: readonly number[];
  /** Offset in the input behind the last block. */
  readonly end: number;
}

const lengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]; // prettier-ignore
const lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]; // prettier-ignore
const orderOfLengths = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/**
 * Follows a deflate stream without unpacking it, and says where the output at `places` (rising offsets) comes from. So the bytes of a
 * compressed section can be charged exactly: each to what it unpacks to. Undefined when the stream is damaged.
 */
export function mapInflate(
  bytes: Buffer,
  start: number,
  end: number,
  places: Float64Array,
): InflateMap | undefined {
  const input = new Float64Array(places.length).fill(end);
  const headers: number[] = [];
  const bits = bitReader(bytes, start, end);
  const state: Output = { at: 0, next: 0 };
  for (let last = false; !last;) {
    const headerFrom = bits.place();
    const outputFrom = state.at;
    last = bits.take(1) === 1;
    const type = bits.take(2);
    if (type === 3) return undefined;
    if (type === 0) {
      if (!copyStored(bits, state, places, input)) return undefined;
      continue;
    }
    const tables = type === 1 ? fixedTables() : readTables(bits);
    if (!tables) return undefined;
    const headerTo = bits.place();
    if (!followBlock(bits, tables, state, { places, input })) return undefined;
    headers.push(headerFrom, headerTo, outputFrom, state.at);
  }
  return { input, headers, end: bits.reached() };
}

interface Output {
  /** Bytes of output so far, and the number of the place that comes next. */
  at: number;
  next: number;
}

interface BitReader {
  readonly bytes: Buffer;
  readonly end: number;
  /** Offset of the next byte to take, the bits taken but not used, and how many they are. */
  at: number;
  held: number;
  count: number;
  take(count: number): number;
  /** The bits at hand, at least 16 of them; behind the input they are whatever follows. */
  peek(): number;
  drop(count: number): void;
  /** Offset in the input of the byte that the next bit is in. */
  place(): number;
  /** Goes to the bit that is `bit` bits behind the first of the byte at `origin`. */
  goTo(origin: number, bit: number): void;
  /** Passes over the rest of the byte and `count` bytes behind it. */
  skip(count: number): void;
  /** Offset in the input behind the last byte that a bit was taken of. */
  reached(): number;
  over(): boolean;
}

function bitReader(bytes: Buffer, start: number, end: number): BitReader {
  const fill = (): void => {
    while (bits.count < 16) {
      bits.held |= (bytes[bits.at++] ?? 0) << bits.count;
      bits.count += 8;
    }
  };
  const drop = (used: number): void => {
    bits.held >>>= used;
    bits.count -= used;
  };
  const bits: BitReader = {
    bytes,
    end,
    at: start,
    held: 0,
    count: 0,
    take: (wanted) => {
      fill();
      const value = bits.held & ((1 << wanted) - 1);
      drop(wanted);
      return value;
    },
    peek: () => {
      fill();
      return bits.held;
    },
    drop,
    place: () => bits.at - Math.ceil(bits.count / 8),
    goTo: (origin, bit) => {
      bits.at = origin + (bit >>> 3);
      bits.held = 0;
      bits.count = 0;
      if ((bit & 7) === 0) return;
      fill();
      drop(bit & 7);
    },
    skip: (length) => {
      bits.at += length - Math.floor(bits.count / 8);
      bits.held = 0;
      bits.count = 0;
    },
    reached: () => bits.at - (bits.count >> 3),
    over: () => bits.reached() > end,
  };
  return bits;
}

/** A code as a table over the next bits: what a symbol means * 16 + bits of its code; 0 where there is none. */
interface Code {
  readonly mask: number;
  readonly table: Uint32Array;
}

/** Of a match the length without its extra bits stands from `lengthShift` on, the number of those from 4 on. */
const literal = 1 << 8;
const isEnd = 1 << 9;
const lengthShift = 12;

function meaningOfLiteral(symbol: number): number {
  if (symbol < 256) return literal;
  if (symbol === 256) return isEnd;
  const [base, extra] = [lengthBase[symbol - 257] ?? 0, lengthBits[symbol - 257] ?? 0];
  return (base << lengthShift) | (extra << 4);
}

/** Only how many bits a distance takes is asked for. */
const bitsOfDistance = (symbol: number): number => Math.max(0, (symbol >> 1) - 1) << 4;
const itself = (symbol: number): number => symbol << 4;

interface Tables {
  readonly literals: Code;
  readonly distances: Code;
}

let fixed: Tables | undefined;
function fixedTables(): Tables | undefined {
  const literals = makeCode(
    Uint8Array.from({ length: 288 }, (_, symbol) =>
      symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
    ),
    meaningOfLiteral,
  );
  const distances = makeCode(new Uint8Array(30).fill(5), bitsOfDistance);
  return (fixed ??= literals && distances ? { literals, distances } : undefined);
}

/** Undefined when there are more codes than the lengths leave room for. */
function makeCode(lengths: Uint8Array, meaning: (symbol: number) => number): Code | undefined {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  let most = 15;
  while (most > 1 && counts[most] === 0) most--;
  const next = new Uint32Array(16);
  let code = 0;
  counts[0] = 0;
  for (let length = 1; length <= 15; length++) {
    code = (code + (counts[length - 1] ?? 0)) << 1;
    next[length] = code;
    if (code + (counts[length] ?? 0) > 1 << length) return undefined;
  }
  const table = new Uint32Array(1 << most);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    const canonical = next[length] ?? 0;
    next[length] = canonical + 1;
    let reversed = 0;
    for (let bit = 0; bit < length; bit++) reversed |= ((canonical >> bit) & 1) << (length - 1 - bit);
    const entry = meaning(symbol) | length;
    for (let at = reversed; at < table.length; at += 1 << length) table[at] = entry;
  });
  return { mask: table.length - 1, table };
}

function readTables(bits: BitReader): Tables | undefined {
  const literalCount = bits.take(5) + 257;
  const distanceCount = bits.take(5) + 1;
  const lengthCount = bits.take(4) + 4;
  const codeLengths = new Uint8Array(19);
  for (let index = 0; index < lengthCount; index++) codeLengths[orderOfLengths[index] ?? 0] = bits.take(3);
  const code = makeCode(codeLengths, itself);
  if (!code) return undefined;
  const lengths = new Uint8Array(literalCount + distanceCount);
  for (let at = 0; at < lengths.length;) {
    const symbol = decode(bits, code);
    if (symbol < 0 || bits.over()) return undefined;
    if (symbol < 16) {
      lengths[at++] = symbol;
      continue;
    }
    const repeated = symbol === 16 ? (lengths[at - 1] ?? 0) : 0;
    const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
    lengths.fill(repeated, at, at + times);
    at += times;
  }
  const literals = makeCode(lengths.subarray(0, literalCount), meaningOfLiteral);
  const distances = makeCode(lengths.subarray(literalCount), bitsOfDistance);
  return literals && distances ? { literals, distances } : undefined;
}

function decode(bits: BitReader, { table, mask }: Code): number {
  const entry = table[bits.peek() & mask] ?? 0;
  if (entry === 0) return -1;
  bits.drop(entry & 15);
  return entry >> 4;
}

interface Wanted {
  readonly places: Float64Array;
  readonly input: Float64Array;
}

/** A place in the stream is a number of bits from a byte that is moved on before the number leaves 32 bits. */
const farthest = 1 << 28;

/**
 * Follows one block's symbols; false when it is damaged. Only lengths count: what a match copies is not looked at. The reader's state
 * is held in variables here, as nearly all time goes by in this loop.
 */
function followBlock(
  bits: BitReader,
  { literals, distances }: Tables,
  state: Output,
  { places, input }: Wanted,
): boolean {
  const word = wordReader(bits.bytes);
  const { end } = bits;
  const [codes, codeMask] = [literals.table, literals.mask];
  const [skips, skipMask] = [distances.table, distances.mask];
  let origin = bits.place();
  let at = (8 - (bits.count & 7)) & 7;
  let { at: output, next } = state;
  let place = places[next] ?? Number.POSITIVE_INFINITY;
  let sound = true;
  for (;;) {
    if (at > farthest) {
      origin += at >>> 3;
      at &= 7;
    }
    let byte = origin + (at >>> 3);
    for (; output >= place; place = places[next] ?? Number.POSITIVE_INFINITY) input[next++] = byte;
    // At least 25 bits: a code of 15 and a length's extra bits are in them.
    const held = word(byte) >>> (at & 7);
    const entry = codes[held & codeMask] ?? 0;
    const used = entry & 15;
    sound = entry !== 0 && byte <= end;
    if (!sound) break;
    at += used;
    if ((entry & literal) !== 0) {
      output++;
      continue;
    }
    if ((entry & isEnd) !== 0) break;
    const extra = (entry >>> 4) & 15;
    output += (entry >>> lengthShift) + ((held >>> used) & ((1 << extra) - 1));
    at += extra;
    byte = origin + (at >>> 3);
    const skip = skips[(word(byte) >>> (at & 7)) & skipMask] ?? 0;
    sound = skip !== 0;
    if (!sound) break;
    at += (skip & 15) + (skip >>> 4);
  }
  bits.goTo(origin, at);
  state.at = output;
  state.next = next;
  return sound && !bits.over();
}

/** Reads 32 bits from a byte on, lowest first; behind the last byte there are zeros. */
function wordReader(bytes: Buffer): (at: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - 4;
  return (at) => {
    if (at <= last) return view.getUint32(at, true);
    let value = 0;
    for (let index = 0; index < 4; index++) value |= (bytes[at + index] ?? 0) << (8 * index);
    return value;
  };
}

function copyStored(bits: BitReader, state: Output, places: Float64Array, input: Float64Array): boolean {
  bits.skip(0);
  const length = bits.take(16);
  bits.take(16);
  bits.skip(0);
  const from = bits.place();
  for (; (places[state.next] ?? Number.POSITIVE_INFINITY) < state.at + length; state.next++)
    input[state.next] = from + (places[state.next] ?? 0) - state.at;
  state.at += length;
  bits.skip(length);
  return !bits.over();
}
