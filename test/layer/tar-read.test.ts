import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ToolError, isToolError } from '../../src/core/errors.ts';
import { readTar } from '../../src/layer/tar-read.ts';
import { tempDir } from '../support/ctx.ts';
import {
  collect,
  directory,
  entries,
  failure,
  file,
  inChunks,
  octal,
  padded,
  paxHeader,
  paxRecord,
  rawHeader,
  readAll,
  tarOf,
} from './support.ts';

const end = Buffer.alloc(1024);
const tar = (...parts: Uint8Array[]): Buffer => Buffer.concat([...parts, end]);
const codeOf = async (bytes: Uint8Array): Promise<unknown> => {
  const error = await failure(readAll(bytes));
  return error instanceof ToolError ? error.code : error;
};

describe.each(['gnu', 'oldgnu', 'posix', 'ustar', 'v7'])('GNU tar --format=%s', (format) => {
  test('is read', async () => {
    const root = tempDir();
    const long = format === 'v7' ? 'short' : `${'d'.repeat(90)}/${'f'.repeat(90)}`;
    mkdirSync(path.join(root, path.dirname(long)), { recursive: true });
    writeFileSync(path.join(root, long), 'content', { mode: 0o640 });
    utimesSync(path.join(root, long), 1_600_000_000, 1_600_000_000);
    symlinkSync('/elsewhere', path.join(root, 'link'));
    const bytes = execFileSync('tar', [
      '--sort=name',
      '--mode=a+rX',
      `--format=${format}`,
      '-C',
      root,
      '-cf',
      '-',
      '.',
    ]);
    const found = await readAll(bytes, 700);
    expect(found).toContainEqual(
      expect.objectContaining({
        path: long,
        type: 'file',
        content: 'content',
        mtime: 1_600_000_000,
        size: 7,
      }),
    );
    expect(found).toContainEqual(
      expect.objectContaining({ path: 'link', type: 'symlink', linkName: '/elsewhere' }),
    );
    expect(found[0]).toMatchObject({ path: '', type: 'directory' });
  });
});

test('a sparse file of GNU tar is refused clearly, in each of its forms', async () => {
  const root = tempDir();
  const sparse = path.join(root, 'sparse');
  execFileSync('truncate', ['-s', '1M', sparse]);
  for (const form of ['--format=gnu', '--format=posix']) {
    const bytes = execFileSync('tar', ['--sparse', form, '-C', root, '-cf', '-', 'sparse']);
    expect(await codeOf(bytes)).toBe('UNSUPPORTED');
  }
});

test('numbers in base 256 are read, and refused when no number can be so', async () => {
  const of = (...bytes: number[]): Uint8Array =>
    Uint8Array.from([...Array.from({ length: 12 - bytes.length }, () => 0), ...bytes]).map((byte, i) =>
      i === 0 ? byte | 0x80 : byte,
    );
  const [entry] = await readAll(
    tar(rawHeader({ 108: Uint8Array.of(0x80, 0, 0, 0, 1, 0, 0, 0), 124: of(3) }), padded('abc')),
  );
  expect(entry).toMatchObject({ uid: 2 ** 24, content: 'abc' });
  expect(await readAll(tar(rawHeader({ 136: new Uint8Array(12).fill(0xff) })))).toMatchObject([
    { mtime: -1 },
  ]);
  expect(await codeOf(tar(rawHeader({ 124: new Uint8Array(12).fill(0xff) })))).toBe('IMAGE_INVALID');
  expect(await codeOf(tar(rawHeader({ 124: of(0x7f, 255, 255, 255, 255, 255, 255, 255) })))).toBe(
    'IMAGE_INVALID',
  );
  expect(await codeOf(tar(rawHeader({ 108: new Uint8Array(8).fill(0xff) })))).toBe('IMAGE_INVALID');
});

test('a huge size without content is an archive that is cut off', async () => {
  expect(await codeOf(tar(rawHeader({ 124: '77777777777\0' })))).toBe('IMAGE_INVALID');
  expect(await codeOf(tar(paxHeader(paxRecord('size', '9007199254740991')), rawHeader({})))).toBe(
    'IMAGE_INVALID',
  );
});

describe('PAX', () => {
  test('records go before the header; the last of a keyword wins; global ones hold until taken back', async () => {
    const bytes = tar(
      paxHeader(paxRecord('uid', '7') + paxRecord('mtime', '1.25') + paxRecord('comment', 'x'), 'g'),
      paxHeader(paxRecord('path', 'first') + paxRecord('path', 'später')),
      rawHeader({}),
      paxHeader(paxRecord('uid', '')),
      rawHeader({ 0: 'second' }),
    );
    expect(await readAll(bytes)).toMatchObject([
      { path: 'später', uid: 7, mtime: 1.25 },
      { path: 'second', uid: 0, mtime: 1.25 },
    ]);
  });

  test('an attribute whose name is __proto__ is only an attribute', async () => {
    const [entry] = await readAll(tar(paxHeader(paxRecord('SCHILY.xattr.__proto__', 'x')), rawHeader({})));
    expect(Object.entries(entry?.xattrs ?? {})).toEqual([['__proto__', [0x78]]]);
    expect(Object.getPrototypeOf({})).not.toHaveProperty('0');
  });

  test('a name with bytes that are not UTF-8 survives reading and writing', async () => {
    const [first] = await readAll(tar(rawHeader({ 0: Uint8Array.of(0x61, 0xe9, 0xff) })));
    expect(first?.path).toBe('a\uDCE9\uDCFF');
    expect(await readAll(await tarOf([file(first?.path ?? '')]))).toMatchObject([{ path: 'a\uDCE9\uDCFF' }]);
  });

  test.each([
    ['no length', 'path=a\n'],
    ['a length that is too long', '99 path=a\n'],
    ['a length of zero', '0 path=a\n'],
    ['a negative length', '-5 path=a\n'],
    ['a length that ends inside', '5 path=a\n'],
    ['no newline', '9 path=abc'],
    ['no keyword', '5 =a\n'],
    ['no equals sign', '8 patha\n'],
    ['a negative size', paxRecord('size', '-1')],
    ['a size that is no number', paxRecord('size', '1e3')],
    ['a size past all bounds', paxRecord('size', '99999999999999999999')],
    ['an infinite time', paxRecord('mtime', 'Infinity')],
  ])('%s is refused', async (_, records) => {
    expect(await codeOf(tar(paxHeader(records), rawHeader({})))).toBe('IMAGE_INVALID');
  });

  test('a path for all entries is refused', async () => {
    expect(await codeOf(tar(paxHeader(paxRecord('path', 'x'), 'g'), rawHeader({})))).toBe('IMAGE_INVALID');
  });

  test('headers larger than any real one are refused before they are read', async () => {
    const huge = rawHeader({ 124: octal(2 ** 32), 156: 'x' });
    let given = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      yield huge;
      for (;;) {
        given += 4096;
        yield new Uint8Array(4096);
      }
    };
    const error = await failure(readTar(endless()).next());
    expect(isToolError(error, 'IMAGE_INVALID')).toBe(true);
    expect(given).toBeLessThan(1e6);
  });

  test('an endless row of small global headers is refused', async () => {
    const one = paxHeader(paxRecord('comment', 'x'), 'g');
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield one;
    };
    expect(isToolError(await failure(readTar(endless()).next()), 'IMAGE_INVALID')).toBe(true);
  });

  test('an endless row of global headers between entries is refused', async () => {
    const one = Buffer.concat([paxHeader(paxRecord('comment', 'x'.repeat(400)), 'g'), rawHeader({})]);
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield one;
    };
    const all = async (): Promise<void> => {
      for await (const entry of readTar(endless())) expect(entry.path).toBe('name');
    };
    expect(isToolError(await failure(all()), 'IMAGE_INVALID')).toBe(true);
  });

  test('two long names for one entry are refused, as readers differ in which they take', async () => {
    const longName = Buffer.concat([rawHeader({ 124: octal(2), 156: 'L' }), padded('a\0')]);
    expect(await readAll(tar(longName, rawHeader({})))).toMatchObject([{ path: 'a' }]);
    expect(await codeOf(tar(longName, longName, rawHeader({})))).toBe('IMAGE_INVALID');
  });
});

test('absolute names, as ko writes them, are below the root', async () => {
  const all = await readAll(
    tar(
      rawHeader({ 0: '/ko-app/server' }),
      rawHeader({ 0: 'passwd', 345: '/etc' }),
      rawHeader({ 0: '//x', 156: '1', 157: '/ko-app/server' }),
    ),
  );
  expect(all).toMatchObject([
    { path: 'ko-app/server' },
    { path: 'etc/passwd' },
    { path: 'x', linkName: 'ko-app/server' },
  ]);
});

describe('unsafe', () => {
  test.each<[string, Uint8Array]>([
    ['a name that climbs', rawHeader({ 0: '../evil' })],
    ['a name that climbs in the middle', rawHeader({ 0: 'a/../../evil' })],
    ['an absolute name that climbs', rawHeader({ 0: '/../etc/passwd' })],
    ['no name', rawHeader({ 0: '\0\0\0\0' })],
    ['a PAX path that climbs', Buffer.concat([paxHeader(paxRecord('path', '../evil')), rawHeader({})])],
    ['a PAX path with a NUL', Buffer.concat([paxHeader(paxRecord('path', 'a\0b')), rawHeader({})])],
    [
      'a GNU long name that climbs',
      Buffer.concat([rawHeader({ 124: octal(8), 156: 'L' }), padded('../evil\0'), rawHeader({})]),
    ],
    ['a hard link that climbs', rawHeader({ 156: '1', 157: '../../etc/shadow' })],
    ['an absolute hard link that climbs', rawHeader({ 156: '1', 157: '/../etc/shadow' })],
    [
      'a PAX hard link that climbs',
      Buffer.concat([paxHeader(paxRecord('linkpath', 'a/../../x')), rawHeader({ 156: '1', 157: 'a' })]),
    ],
    ['a symbolic link to nothing', rawHeader({ 156: '2' })],
  ])('%s', async (_, bytes) => {
    expect(await codeOf(tar(bytes))).toBe('ARCHIVE_UNSAFE');
  });
});

describe('damaged', () => {
  const sound = [directory('a'), file('a/b', 'x'.repeat(700)), file('ü', 'y'.repeat(600)), file('empty')];

  test('cut anywhere: between entries it is what came before, elsewhere an error', async () => {
    const bytes = await tarOf(sound);
    const whole = await readAll(bytes);
    // after the root, a/b, ü with its PAX header, and each block of zeros
    const borders = new Map([
      [0, 0],
      [512, 1],
      [512 * 4, 2],
      [512 * 9, 3],
      [512 * 10, 4],
      [512 * 11, 4],
    ]);
    for (let at = 0; at < bytes.length; at += at % 512 < 2 ? 1 : 170) {
      const count = borders.get(at);
      const part = bytes.subarray(0, at);
      if (count === undefined) expect([at, await codeOf(part)]).toEqual([at, 'IMAGE_INVALID']);
      else expect(await readAll(part)).toEqual(whole.slice(0, count));
    }
  });

  test('a flipped bit in a header is found by the checksum', async () => {
    const bytes = await tarOf(sound);
    for (const at of [0, 100, 124, 150, 156, 257, 500]) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x04;
      expect([at, await codeOf(flipped)]).toEqual([at, 'IMAGE_INVALID']);
    }
  });

  test('zeros between entries, and types that no layer has', async () => {
    expect(await codeOf(Buffer.concat([Buffer.alloc(512), rawHeader({})]))).toBe('IMAGE_INVALID');
    for (const type of ['V', 'M', 'D', 'S', 'A', '8'])
      expect(await codeOf(tar(rawHeader({ 156: type })))).toBe('UNSUPPORTED');
  });

  test('something that is no tar at all', async () => {
    expect(await codeOf(Buffer.from('<html>'.repeat(500)))).toBe('IMAGE_INVALID');
  });

  test('whatever the bytes, it ends, with entries or with a ToolError', async () => {
    const mutation = fc.record({
      at: fc.nat(6000),
      to: fc.uint8Array({ minLength: 1, maxLength: 12 }),
      fix: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(entries, { maxLength: 4 }),
        fc.array(mutation, { maxLength: 4 }),
        fc.nat(9000),
        async (list, mutations, cut) => {
          const bytes = await tarOf(list);
          for (const { at, to, fix } of mutations) {
            const start = at % bytes.length;
            bytes.set(to.subarray(0, bytes.length - start), start);
            const block = bytes.subarray(start - (start % 512), start - (start % 512) + 512);
            if (fix) repair(block);
          }
          try {
            for (const entry of await readAll(bytes.subarray(0, bytes.length - (cut % bytes.length)), 999)) {
              expect(entry.path.split('/')).not.toContain('..');
              expect(entry.path.startsWith('/')).toBe(false);
            }
          } catch (error) {
            if (!isToolError(error, 'IMAGE_INVALID', 'ARCHIVE_UNSAFE', 'UNSUPPORTED')) throw error;
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Gives a block the checksum it should have, so that what a mutation says is believed. */
function repair(block: Buffer): void {
  block.fill(0x20, 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
}

test('a content that nobody reads is passed over, one that is read half too', async () => {
  const bytes = await tarOf([file('a', 'x'.repeat(5000)), file('b', 'y'.repeat(5000)), file('c', 'end')]);
  const found: string[] = [];
  for await (const entry of readTar(inChunks(bytes, 100))) {
    if (entry.path === 'b')
      for await (const chunk of entry.content?.() ?? []) found.push(String(chunk.length > 0));
    if (entry.path === 'c' && entry.content) found.push((await collect(entry.content())).toString());
    if (entry.path === 'b') continue;
    found.push(entry.path);
  }
  expect(found.at(0)).toBe('a');
  expect(found.slice(-2)).toEqual(['end', 'c']);
});

test('a content out of its turn is a bug that is said, not other bytes', async () => {
  const held = [];
  for await (const entry of readTar(inChunks(await tarOf([file('a', 'one'), file('b', 'two')]))))
    held.push(entry);
  const content = held[0]?.content;
  expect(content).toBeDefined();
  expect(await failure((async () => content && collect(content()))())).toMatchObject({ code: 'INTERNAL' });
});

test('the stream is read to its end, so that its digest can be checked, and let go when the reader stops early', async () => {
  const bytes = Buffer.concat([await tarOf([file('a'), file('b')]), Buffer.alloc(9000)]);
  let ended = '';
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* inChunks(bytes, 512);
      ended = 'at the end';
    } finally {
      ended ||= 'early';
    }
  };
  for await (const entry of readTar(watched())) expect(entry.size).toBe(0);
  expect(ended).toBe('at the end');
  ended = '';
  for await (const entry of readTar(watched())) if (entry.path === 'a') break;
  expect(ended).toBe('early');
});
