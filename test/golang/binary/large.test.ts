import { expect, test } from 'vitest';
import { readBinaryFrom } from '../../../src/golang/binary/read.ts';
import type { ByteSource } from '../../../src/golang/binary/source.ts';
import { makeElf, writer } from './elf-maker.ts';

const form = { class: 64, littleEndian: true } as const;
const gap = 500 * 1024 * 1024;

/** A file that starts with `head`, ends with `tail`, and has half a gigabyte of zeros between them. Notes the longest piece asked for. */
function sparse(head: Buffer, tail: Buffer): { source: ByteSource; longest: () => number } {
  let longest = 0;
  const size = head.length + gap + tail.length;
  const read = async (offset: number, length: number): Promise<Buffer> => {
    longest = Math.max(longest, length);
    const piece = Buffer.alloc(length);
    if (offset < head.length) head.copy(piece, 0, offset);
    const from = head.length + gap;
    if (offset + length > from) tail.copy(piece, Math.max(0, from - offset), Math.max(0, offset - from));
    return piece;
  };
  return { source: { name: 'large', size, read }, longest: () => longest };
}

test('half a gigabyte without section headers is looked through in pieces', async () => {
  const names = 'main.main\0time.LoadLocation\0';
  const table = writer(form)
    .u32(0xfffffff1)
    .u8(0, 0, 1, 8)
    .word(2, 0, 0, 72, 72 + names.length, 0, 0, 0)
    .raw(names);
  const info = writer(form).raw('\xff Go buildinf:\0\x02').raw(Buffer.alloc(16)).u8(8).raw('go1.99.0').u8(0);
  const tail = Buffer.concat([table.bytes(), info.bytes()]);
  const head = makeElf({ ...form, machine: 62, pieces: [{ type: 1, address: 0, data: Buffer.alloc(64) }] });
  // The one segment reaches over all of it.
  head.writeBigUInt64LE(BigInt(head.length + gap + tail.length - 128), 64 + 32);
  head.writeUInt32LE(6, 64 + 4);
  const { source, longest } = sparse(head, tail);
  const binary = await readBinaryFrom(source);
  expect(binary).toMatchObject({ goVersion: 'go1.99.0', functionsKnown: true });
  expect([binary.hasFunction('time.LoadLocation'), binary.hasFunction('time.Nothing')]).toEqual([
    true,
    false,
  ]);
  expect(longest()).toBeLessThan(2 * 1024 * 1024);
});
