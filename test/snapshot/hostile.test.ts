import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeHeader } from '../../src/layer/tar-header.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import type { LayerId } from '../../src/snapshot/types.ts';
import { failure } from '../golang/support/failure.ts';
import { containing } from '../support/containing.ts';
import { bench, entry } from './support.ts';
import type { Bench, Given } from './support.ts';

/** A layer made by hand, entries as they are, under a diffID that may be wrong. */
async function crafted(
  { store, snapshots }: Bench,
  given: readonly Given[],
  options: { readonly diffId?: string; readonly cut?: number } = {},
): Promise<LayerId> {
  const blocks = given.flatMap(({ text, ...rest }) => {
    const body = Buffer.from(text ?? '');
    return [
      encodeHeader(entry({ ...rest, ...(text !== undefined && { text }) })),
      body,
      Buffer.alloc((512 - (body.length % 512)) % 512),
    ];
  });
  const whole = Buffer.concat([...blocks, Buffer.alloc(1024)]);
  const tar = whole.subarray(0, whole.length - (options.cut ?? 0));
  const { digest, size } = await store.blobs.put(tar);
  const diffId = digestOf(options.diffId ?? tar);
  return snapshots.foreign(
    { descriptor: { mediaType: mediaTypes.ociLayer, digest, size }, diffId },
    async () => undefined,
  );
}

const cases: Record<
  string,
  {
    readonly given: readonly Given[];
    readonly options?: { diffId?: string; cut?: number };
    readonly code: string;
  }
> = {
  'has another diffID': {
    given: [{ path: 'a', text: 'a' }],
    options: { diffId: 'other' },
    code: 'IMAGE_INVALID',
  },
  'is cut off': {
    given: [{ path: 'a', text: 'a'.repeat(2000) }],
    options: { cut: 2000 },
    code: 'IMAGE_INVALID',
  },
  'climbs with ..': { given: [{ path: '../out', text: 'a' }], code: 'ARCHIVE_UNSAFE' },
  'links to a directory': {
    given: [{ path: 'd' }, { path: 'l', type: 'hardlink', linkName: 'd' }],
    code: 'IMAGE_INVALID',
  },
  'links to nothing': { given: [{ path: 'l', type: 'hardlink', linkName: 'd' }], code: 'IMAGE_INVALID' },
  'links to itself': { given: [{ path: 'l', type: 'hardlink', linkName: 'l' }], code: 'IMAGE_INVALID' },
  'hides the directory above': {
    given: [{ path: 'd' }, { path: 'd/.wh...', text: '' }],
    code: 'ARCHIVE_UNSAFE',
  },
  'goes round in links': {
    given: [
      { path: 'a', type: 'symlink', linkName: 'b' },
      { path: 'b', type: 'symlink', linkName: 'a' },
      { path: 'a/x', text: 'x' },
    ],
    code: 'ARCHIVE_UNSAFE',
  },
};

describe.each(Object.entries(cases))('a layer that %s', (_, { given, options, code }) => {
  it('is refused, and nothing of it stays', async () => {
    const at = await bench();
    const id = await crafted(at, given, options);
    expect(await failure(at.snapshots.directory(id))).toMatchObject({ code });
    expect(readdirSync(path.join(at.store.root, 'tmp'))).toEqual([]);
    expect(existsSync(at.store.layers.path(id.replace(':sha256:', '-')))).toBe(false);
    if (code === 'IMAGE_INVALID' && options)
      expect(await failure(at.snapshots.index(id))).toMatchObject({ code });
  });
});

it('nothing is written, and nothing read, through a link that the layer brings', async () => {
  const at = await bench();
  const outside = path.join(at.ctx.home, 'outside');
  const id = await crafted(at, [
    { path: 'up', type: 'symlink', linkName: `${'../'.repeat(20)}${outside.slice(1)}` },
    { path: 'up/file', text: 'within' },
    { path: 'over', type: 'symlink', linkName: outside },
    { path: 'over', text: 'a file now' },
  ]);
  const directory = await at.snapshots.directory(id);
  expect(existsSync(outside)).toBe(false);
  expect(existsSync(path.join(directory, outside, 'file'))).toBe(true);
  const tree = await at.snapshots.tree([id]);
  const file = await tree.entry(`${outside.slice(1)}/file`);
  const parts: string[] = [];
  if (file) for await (const part of tree.open(file)) parts.push(Buffer.from(part).toString());
  expect(parts.join('')).toBe('within');
});

it('a blob that was damaged in the store is set aside, and its layer is not there', async () => {
  const at = await bench();
  const id = await crafted(at, [{ path: 'a', text: 'a' }]);
  const { writeFileSync, chmodSync, readFileSync } = await import('node:fs');
  const blobs = path.join(at.store.root, 'blobs/sha256');
  const file = path.join(blobs, readdirSync(blobs)[0] ?? '');
  const bytes = readFileSync(file);
  bytes[512] = 0x62;
  chmodSync(file, 0o644);
  writeFileSync(file, bytes);
  expect(await failure(at.snapshots.directory(id))).toMatchObject({
    code: 'BLOB_CORRUPT',
    hint: containing('again'),
  });
  expect(readdirSync(blobs)).toEqual([]);
});
