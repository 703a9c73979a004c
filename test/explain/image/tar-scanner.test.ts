import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageOf } from '../../../src/core/errors.ts';
import { tarScanner } from '../../../src/explain/image/tar-scanner.ts';
import {
  entries,
  inChunks,
  octal,
  paxHeader,
  paxRecord,
  plain,
  rawHeader,
  readAll,
  tarOf,
} from '../../layer/support.ts';
import type { Plain } from '../../layer/support.ts';

async function scan(bytes: Uint8Array, chunk: number): Promise<Plain[]> {
  const found: { entry: Promise<Plain>; content: Buffer[] }[] = [];
  const scanner = tarScanner({
    entry: (entry) => found.push({ entry: plain(entry), content: [] }),
    content: (part) => found.at(-1)?.content.push(Buffer.from(part)),
  });
  for await (const part of inChunks(bytes, chunk)) scanner.push(part);
  scanner.end();
  return Promise.all(
    found.map(async ({ entry, content }) => {
      const known = await entry;
      return known.type === 'file' ? { ...known, content: Buffer.concat(content).toString('latin1') } : known;
    }),
  );
}

const chunks = fc.integer({ min: 1, max: 5000 });

test('gives the same entries as the reader of layers, in chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entries, { maxLength: 6 }), chunks, async (list, chunk) => {
      const bytes = await tarOf(list);
      expect(await scan(bytes, chunk)).toEqual(await readAll(bytes));
    }),
    { numRuns: 150 },
  );
});

test('refuses what the reader of layers refuses, with the same words: cut and damaged archives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entries, { minLength: 1, maxLength: 3 }),
      chunks,
      fc.nat(),
      fc.option(fc.nat(255)),
      async (list, chunk, place, byte) => {
        const bytes = await tarOf(list);
        const at = place % bytes.length;
        if (byte !== null) bytes[at] = byte;
        const damaged = byte === null ? bytes.subarray(0, at) : bytes;
        const wanted = await readAll(damaged).catch(messageOf);
        expect(await scan(damaged, chunk).catch(messageOf)).toEqual(wanted);
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  [
    'an extended header without an entry',
    Buffer.concat([paxHeader(paxRecord('path', 'x')), Buffer.alloc(1024)]),
  ],
  [
    'two extended headers',
    Buffer.concat([paxHeader(paxRecord('path', 'x')), paxHeader(paxRecord('path', 'y')), rawHeader({})]),
  ],
  ['a global path', Buffer.concat([paxHeader(paxRecord('path', 'x'), 'g'), rawHeader({})])],
  ['a huge extended header', rawHeader({ 124: octal(2 ** 30), 156: 'x' })],
  [
    'an empty extended header',
    Buffer.concat([rawHeader({ 156: 'x' }), rawHeader({ 0: 'a' }), Buffer.alloc(1024)]),
  ],
  [
    'an endless row of headers',
    Buffer.concat(Array.from({ length: 3000 }, () => paxHeader(paxRecord('comment', 'x'), 'g'))),
  ],
])('%s is read or refused as by the reader of layers', async (_, bytes) => {
  const wanted = await readAll(bytes).catch(messageOf);
  expect(await scan(bytes, 700).catch(messageOf)).toEqual(wanted);
});
