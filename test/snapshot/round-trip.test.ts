import { promises as fs } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUpper } from '../../src/snapshot/adopt.ts';
import { directoryForm } from '../../src/snapshot/form.ts';
import type { LayerIndex } from '../../src/layer/layer-index.ts';
import { mergeIndexes } from '../../src/snapshot/merged.ts';
import { randomLayer } from './random-layer.ts';
import { added, bench, foreign, isRoot, plainForm } from './support.ts';

/** What a layer means, in one order, with hard links named after the first of their names. */
function meaning(index: LayerIndex): Record<string, unknown>[] {
  const hard = index.filter(({ type }) => type === 'hardlink');
  const files = new Map(index.map((entry) => [entry.path, entry]));
  const names = new Map<string, string>();
  for (const target of new Set(hard.map(({ linkName }) => linkName ?? ''))) {
    const all = [
      target,
      ...hard.filter(({ linkName }) => linkName === target).map(({ path }) => path),
    ].sort();
    for (const name of all) names.set(name, all.join(' = '));
  }
  return index
    .map((found) => {
      const target = found.type === 'hardlink' ? files.get(found.linkName ?? '') : undefined;
      const { made, xattrs, ...rest } = target ? { ...target, path: found.path } : found;
      if (!found.path.includes('.wh.')) expect(made).toBeUndefined();
      return {
        ...rest,
        xattrs: Object.entries(xattrs ?? {})
          .map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`)
          .sort(),
        names: names.get(found.path),
      };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

describe.runIf(isRoot)('a layer is the same in every form', () => {
  const form = directoryForm('root');
  const reading = {
    form,
    signal: new AbortController().signal,
    since: 1e13,
    omit: new Set<string>(),
  };

  it('from a blob to a directory and back', async () => {
    await fc.assert(
      fc.asyncProperty(randomLayer, async (given) => {
        const at = await bench();
        const id = await foreign(at, given);
        const directory = await at.snapshots.directory(id);
        const index = await at.snapshots.index(id);
        // An upper directory in which everything is new, above a layer that has a directory wherever this one has.
        const copy = path.join(await at.store.layers.temp(), 'upper');
        await fs.rename(directory, copy);
        const read = await readUpper(copy, [copy], undefined, reading);
        expect(meaning(read.index)).toEqual(meaning(index));
        // The other way: indexed without being unpacked.
        const other = await bench();
        await other.store.blobs.put(at.store.blobs.open((await at.snapshots.blob(id, plainForm)).descriptor));
        const again = other.snapshots.foreign(await at.snapshots.blob(id, plainForm), async () => undefined);
        expect(await other.snapshots.index(again)).toEqual(index);
      }),
      { numRuns: 60 },
    );
  });

  it('from an index and contents to a blob, straight and by way of a directory', async () => {
    await fc.assert(
      fc.asyncProperty(randomLayer, async (given) => {
        const one = await bench();
        const two = await bench();
        const id = await added(one, given);
        expect(await added(two, given)).toBe(id);
        await two.snapshots.directory(id);
        const [straight, roundabout] = await Promise.all(
          [one, two].map(async ({ snapshots }) => snapshots.blob(id, { ...plainForm, epoch: 1e9 })),
        );
        expect(roundabout).toEqual(straight);
        // The next command has only the blob and the index.
        const next = await bench({}, one.ctx.home);
        expect(await next.snapshots.available(id)).toBe(true);
        const [made, known] = await Promise.all(
          [next, two].map(async ({ snapshots }) => snapshots.directory(id)),
        );
        const [a, b] = await Promise.all(
          [made, known].map(async (upper) => readUpper(upper ?? '', [upper ?? ''], undefined, reading)),
        );
        expect(a?.index).toEqual(b?.index);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it('laid out in a copied root', async () => {
    await fc.assert(
      fc.asyncProperty(randomLayer, randomLayer, async (below, above) => {
        const at = await bench({ overlay: 'never' });
        const layers = [await foreign(at, below), await added(at, above)];
        const root = await at.snapshots.writable(layers);
        if (root.kind !== 'copy') throw new Error('an overlay');
        const merged = await mergeIndexes(await Promise.all(layers.map(at.snapshots.index)));
        const plain = { ...form, overlayPrefix: undefined };
        const read = await readUpper(root.directory, [], undefined, { ...reading, form: plain });
        const { index } = await at.snapshots.adopt(root, { since: Date.now() });
        expect(index).toEqual([]);
        const paths = [...merged.keys()].filter((name) => name !== '').sort();
        expect(read.index.map((entry) => entry.path).sort()).toEqual(paths);
        for (const entry of read.index) {
          const { type, mode, uid, gid, mtime, size, digest } = merged.get(entry.path) ?? entry;
          if (entry.type === 'hardlink') continue;
          expect(entry).toMatchObject({
            type,
            mode,
            uid,
            gid,
            mtime,
            size,
            ...(digest !== undefined && { digest }),
          });
        }
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });
});
