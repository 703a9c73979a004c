import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRecords } from '../../../../src/build/dockerfile/cache/check.ts';
import { noRecords, version } from '../../../../src/build/dockerfile/cache/records.ts';
import type { CacheRecords } from '../../../../src/build/dockerfile/cache/records.ts';
import { timesOf, withTimes } from '../../../../src/build/dockerfile/cache/times.ts';
import { isToolError } from '../../../../src/core/errors.ts';
import { indexDigest } from '../../../../src/layer/layer-index.ts';
import type { IndexEntry } from '../../../../src/layer/layer-index.ts';
import type { Descriptor } from '../../../../src/oci/types.ts';
import { parseJson } from '../../../support/json.ts';

const hex = 'ab'.repeat(32);
const blob = {
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: `sha256:${hex}`,
  size: 7,
} as const;
const mount = { ...blob, mediaType: 'application/vnd.coracle.cache.mount.v1.tar+zstd' } as const;
const diffId = `sha256:${'cd'.repeat(32)}` as const;
const listed: readonly Descriptor[] = [blob];

const good: CacheRecords = {
  version,
  layers: [
    { id: `diff:${diffId}`, what: 'base', blob: { descriptor: blob, diffId, uncompressedSize: 1 } },
    {
      id: `index:${hex}`,
      what: 'RUN true',
      blob: { descriptor: blob, diffId, uncompressedSize: 1 },
      own: {
        form: { compression: { kind: 'gzip', level: 6 }, mediaTypes: 'oci', epoch: 5 },
        times: [
          [1, true],
          [2, null],
          [3, 4.5],
        ],
      },
      goCache: { unseen: ['/go'] },
    },
  ],
  results: { [hex]: [0, 1] },
  mounts: [{ name: 'shared/x', id: '/cache', blob: mount }],
};

function check(value: unknown): CacheRecords {
  return checkRecords(JSON.parse(JSON.stringify(value)), listed, 'the cache:');
}

describe('records of a cache', () => {
  test('that are right come out as they went in', () => {
    expect(check(good)).toEqual(good);
    expect(check(noRecords)).toEqual(noRecords);
  });

  const [base, own] = good.layers;
  test.each<[string, unknown]>([
    ['of another version', { ...good, version: 2 }],
    ['with a key that is none', { ...good, results: { '../../x': [] } }],
    ['with a result of layers that are not there', { ...good, results: { [hex]: [2] } }],
    ['with a result of half a layer', { ...good, results: { [hex]: [0.5] } }],
    ['with a layer of another name', { ...good, layers: [{ ...base, id: '../../../etc' }] }],
    [
      'with a base whose name is not its diffID',
      { ...good, layers: [{ ...base, id: `diff:sha256:${hex}` }] },
    ],
    [
      'with a blob that the manifest lacks',
      { ...good, layers: [{ ...own, blob: { ...own?.blob, descriptor: { ...blob, size: 8 } } }] },
    ],
    [
      'with a blob that is no layer',
      {
        ...good,
        layers: [{ ...own, blob: { ...own?.blob, descriptor: { ...blob, mediaType: 'text/plain' } } }],
      },
    ],
    ['with a layer that says not how it was written', { ...good, layers: [{ ...own, own: undefined }] }],
    [
      'with times that are none',
      { ...good, layers: [{ ...own, own: { ...own?.own, times: [[1, 'now']] } }] },
    ],
    [
      'with runs of times that are less than nothing',
      { ...good, layers: [{ ...own, own: { ...own?.own, times: [[-1, true]] } }] },
    ],
    [
      'with a mount that the manifest lacks',
      { ...good, mounts: [{ name: 'x', id: 'x', blob: { ...mount, size: 8 } }] },
    ],
    ['with a mount that is a layer', { ...good, mounts: [{ name: 'x', id: 'x', blob }] }],
    ['with endless names', { ...good, mounts: [{ name: 'x'.repeat(2000), id: 'x', blob: mount }] }],
    ['that are a list', []],
  ])('%s are refused', (_, value) => {
    let thrown: unknown;
    try {
      check(value);
    } catch (error) {
      thrown = error;
    }
    expect(isToolError(thrown, 'IMAGE_INVALID')).toBe(true);
  });

  test('whose blobs name places elsewhere lose them', () => {
    const layers = [
      { ...own, blob: { ...own?.blob, descriptor: { ...blob, urls: ['http://example.com/x'] } } },
    ];
    expect(check({ ...good, layers, results: {} }).layers[0]?.blob?.descriptor).toEqual(blob);
  });

  test('of any form are read or refused', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          checkRecords(parseJson(text), listed, 'x');
        } catch (error) {
          expect(isToolError(error, 'IMAGE_INVALID')).toBe(true);
        }
      }),
    );
  });

  test('with one part changed to anything are read or refused', () => {
    const text = JSON.stringify(good);
    const spots = [...text.matchAll(/"[^"]*"|\d+|null|true/g)].map(
      ({ index, 0: { length } }) => [index, length] as const,
    );
    fc.assert(
      fc.property(fc.constantFrom(...spots), fc.json({ maxDepth: 1 }), ([at, length], put) => {
        let value: unknown;
        try {
          value = JSON.parse(text.slice(0, at) + put + text.slice(at + length));
        } catch {
          return; // what was changed is a key now that is no text
        }
        try {
          checkRecords(value, listed, 'x');
        } catch (error) {
          expect(isToolError(error, 'IMAGE_INVALID')).toBe(true);
        }
      }),
    );
  });
});

describe('times of a layer', () => {
  const entry = fc.record({
    path: fc.string(),
    made: fc.boolean(),
    mtime: fc.oneof(fc.integer({ min: -10, max: 20 }), fc.double({ min: -1e9, max: 4e9, noNaN: true })),
  });

  test('come back from the blob, whatever the epoch brought down', () => {
    fc.assert(
      fc.property(
        fc.array(entry),
        fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
        (list, epoch) => {
          const index = list.map(({ path, made, mtime }): IndexEntry => ({
            ...{ path, type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, mtime },
            ...(made ? { made } : {}),
          }));
          const written = index.map(({ made, ...rest }): IndexEntry => ({
            ...rest,
            mtime: epoch === undefined ? rest.mtime : made ? epoch : Math.min(rest.mtime, epoch),
          }));
          const back = withTimes(written, timesOf(index, epoch));
          expect(indexDigest(back)).toBe(indexDigest(index));
          if (epoch === undefined) expect(back).toEqual(index);
        },
      ),
    );
  });

  test('that say less or more than there is give another layer, and no endless work', () => {
    const index: IndexEntry[] = [{ path: 'a', type: 'file', mode: 0, uid: 0, gid: 0, size: 0, mtime: 0 }];
    expect(withTimes(index, [])).toEqual([]);
    expect(withTimes(index, [[Number.MAX_SAFE_INTEGER, true]])).toHaveLength(1);
  });
});
