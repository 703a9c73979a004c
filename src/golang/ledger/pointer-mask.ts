import type { Program } from './program.ts';

/**
 * Which words of the data section are pointers, as the garbage collector is told (moduledata.gcdata): one bit a word. The program that
 * makes the bits: 0 ends it, 1 to 127 says how many bits follow, lowest first, and with the high bit set it repeats the last n bits c times,
 * where an n of 0 is read from the varint that follows, and c always is.
 * @param words bits to make; @returns undefined when the program is damaged
 */
export function pointerMask(
  program: Pick<Program, 'bytes' | 'offsetOf'>,
  gcdata: number,
  words: number,
): Uint8Array | undefined {
  const { bytes } = program;
  const start = program.offsetOf(gcdata);
  if (gcdata === 0 || start < 0) return undefined;
  const mask = new Uint8Array(words);
  let made = 0;
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 42; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const instruction = bytes[at++] ?? 0;
    if (instruction === 0) return mask;
    let count = instruction & 0x7f;
    if (instruction < 0x80) {
      for (let bit = 0; bit < count && made < words; bit++)
        mask[made++] = ((bytes[at + (bit >> 3)] ?? 0) >> (bit & 7)) & 1;
      at += (count + 7) >> 3;
      continue;
    }
    if (count === 0) count = varint();
    const end = Math.min(words, made + count * varint());
    if (count === 0 || count > made) return undefined;
    for (; made < end; made++) mask[made] = mask[made - count] ?? 0;
  }
  return undefined;
}
