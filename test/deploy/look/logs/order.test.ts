import fc from 'fast-check';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { mergeByTime } from '../../../../src/deploy/look/logs/merge.ts';
import { reorder } from '../../../../src/deploy/look/logs/reorder.ts';
import { linesOf } from '../../../../src/deploy/look/logs/split.ts';
import { readStamp } from '../../../../src/deploy/look/logs/stamp.ts';

interface Item {
  readonly at: number;
  readonly from: number;
}

const sources = fc.array(
  fc.array(fc.integer({ min: 0, max: 50 }).map((at) => at)).map((times) => times.toSorted((a, b) => a - b)),
  { maxLength: 5 },
);
const itemsOf = (all: readonly (readonly number[])[]): Item[][] =>
  all.map((times, from) => times.map((at) => ({ at, from })));

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  for (const item of items) yield await Promise.resolve(item);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

describe('merging by time', () => {
  test('gives all items, in order, equal times in the order of the streams', async () => {
    await fc.assert(
      fc.asyncProperty(sources, async (times) => {
        const items = itemsOf(times);
        const merged = await all(mergeByTime(items.map((source) => each(source))));
        const expected = items.flat().toSorted((a, b) => a.at - b.at || a.from - b.from);
        expect(merged).toEqual(expected);
      }),
    );
  });

  test('asks a stream for its next item only when the one before was taken', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<Item, void, undefined> {
      for (let at = 0; ; at += 2) {
        asked++;
        yield await Promise.resolve({ at, from: 0 });
      }
    }
    const merged = mergeByTime([endless(), each([{ at: 3, from: 1 }])]);
    for (let count = 0; count < 4; count++) await merged.next();
    await merged.return();
    expect(asked).toBeLessThan(6);
  });
});

describe('live lines', () => {
  test('are put in order when they come within the time that they wait', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ at: fc.nat(1000), late: fc.nat(99) })), (items) => {
        // Each comes `late` after its time, at most 99: with a wait of 100 nothing is out of order.
        const arrivals = items.toSorted((a, b) => a.at + a.late - (b.at + b.late));
        const buffer = reorder<(typeof items)[number]>(100, 10_000);
        const out = [...arrivals.flatMap((item) => buffer.push(item, item.at + item.late)), ...buffer.rest()];
        expect(out.map(({ at }) => at)).toEqual(items.map(({ at }) => at).toSorted((a, b) => a - b));
      }),
    );
  });

  test('none is lost, and no more wait than there is room for', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000)), fc.integer({ min: 1, max: 9 }), (times, room) => {
        const buffer = reorder<Item>(1e9, room);
        const out: Item[] = [];
        times.forEach((at, from) => {
          out.push(...buffer.push({ at, from }, 0));
          expect(from + 1 - out.length).toBeLessThanOrEqual(room);
        });
        out.push(...buffer.rest());
        expect(out.map(({ from }) => from).toSorted((a, b) => a - b)).toEqual(times.map((_, from) => from));
      }),
    );
  });

  test('are given when their time is over, without another line', () => {
    const buffer = reorder<Item>(100, 10);
    expect(buffer.push({ at: 1, from: 0 }, 0)).toEqual([]);
    expect(buffer.due(99)).toEqual([]);
    expect(buffer.due(100)).toEqual([{ at: 1, from: 0 }]);
  });
});

describe('lines of a stream', () => {
  test('are the same however it comes in pieces', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ') });
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 7 }), async (lines, size) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        expect(await all(linesOf(Readable.from(pieces)))).toEqual(lines);
      }),
    );
  });

  test('a line without an end is cut, and the next is whole', async () => {
    const piece = Buffer.alloc(100_000, 'x');
    const pieces = [...Array.from({ length: 30 }, () => piece), Buffer.from('\nnext\nlast')];
    const lines = await all(linesOf(Readable.from(pieces)));
    expect(lines.map((line) => line.length)).toEqual([256 * 1024 + ' … (2737856 more)'.length, 4, 4]);
  });
});

describe("a runtime's time", () => {
  test.each([
    ['2026-11-22T00:45:12.123456789Z hello', 1795308312123456, 'hello'],
    ['2026-11-22T00:45:12.1Z hello', 1795308312100000, 'hello'],
    ['2026-11-22T01:45:12.123456789+01:00 hello', 1795308312123456, 'hello'],
    ['2026-11-22T00:45:12Z ', 1795308312000000, ''],
    ['2026-11-22T00:45:12.5Z', 1795308312500000, ''],
  ])('%s', (line, at, text) => {
    expect(readStamp(line)).toMatchObject({ at, text });
  });

  test("the runtime's own words have none", () => {
    expect(readStamp('Error: No such container: x')).toBeUndefined();
    expect(readStamp('2026-99-22T00:45:12Z x')).toBeUndefined();
  });

  test('a line that Docker kept in several records has no time in its middle', () => {
    const stamp = '2026-11-22T00:45:12.123456789Z ';
    const long = 'é'.repeat(8192);
    expect(readStamp(`${stamp}${long}${stamp}${long}${stamp}end`)?.text).toBe(`${long}${long}end`);
    expect(readStamp(`${stamp}${long}${long}`)?.text).toBe(`${long}${long}`);
  });
});
