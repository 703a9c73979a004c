import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tilePath, tileReader } from '../../../src/golang/sumdb/tiles.ts';
import {
  consistencyProof,
  continues,
  includes,
  inclusionProof,
  rangeHash,
  recordHash,
} from '../../../src/golang/sumdb/tree.ts';
import { createLog } from '../support/log.ts';

/** Inputs and roots of Certificate Transparency's own test vectors. */
const inputs = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const log = createLog('test');
for (let at = 0; at < 700; at++) log.add(`record ${at}\n`);
const reader = (size: number) => tileReader(async (path) => Buffer.from(log.answer(path) ?? []), size);

describe('the tree', () => {
  it.each(roots.map((root, at) => [at + 1, root] as const))(
    'of %i records has the known root',
    async (size, root) => {
      const read = async (level: number, index: number) => {
        expect(level).toBe(0);
        return recordHash(Buffer.from(inputs[index] ?? '', 'hex'));
      };
      const flat = async (level: number, index: number): Promise<Buffer> =>
        level === 0 ? read(0, index) : rangeOf(flat, index * 2 ** level, (index + 1) * 2 ** level);
      const hash = await rangeHash(flat, 0, size);
      expect(hash.toString('hex')).toBe(root);
    },
  );

  it('is read out of its tiles', async () => {
    for (const size of [1, 2, 255, 256, 257, 512, 700]) {
      expect((await rangeHash(reader(size), 0, size)).equals(log.root(size))).toBe(true);
    }
  });

  it('includes each of its records, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 1, max: 700 })
          .chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size - 1 }))),
        fc.nat(),
        async ([size, index], pick) => {
          const tree = { size, root: log.root(size) };
          const leaf = recordHash(`record ${index}\n`);
          const proof = await inclusionProof(reader(size), index, size);
          expect(includes(tree, index, leaf, proof)).toBe(true);
          expect(includes(tree, index, recordHash(`record ${index}`), proof)).toBe(false);
          expect(includes(tree, index, leaf, [...proof, leaf])).toBe(false);
          expect(includes(tree, size, leaf, proof)).toBe(false);
          expect(includes(tree, -1, leaf, proof)).toBe(false);
          if (proof.length === 0) return;
          expect(includes(tree, index, leaf, proof.slice(1))).toBe(false);
          const bent = proof.map((hash) => Buffer.from(hash));
          const victim = bent[pick % bent.length];
          victim?.writeUInt8(victim.readUInt8(0) ^ 1, 0);
          expect(includes(tree, index, leaf, bent)).toBe(false);
        },
      ),
    );
  });

  it('continues each of its beginnings, and no other tree', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 2, max: 700 })
          .chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 1, max: size - 1 }))),
        async ([size, before]) => {
          const [old, tree] = [before, size].map((count) => ({ size: count, root: log.root(count) }));
          if (!old || !tree) return;
          const proof = await consistencyProof(reader(size), before, size);
          expect(continues(old, tree, proof)).toBe(true);
          expect(continues(old, tree, proof.slice(1))).toBe(false);
          expect(continues({ ...old, root: log.root(before === 1 ? 2 : before - 1) }, tree, proof)).toBe(
            false,
          );
          expect(continues(old, { ...tree, root: log.root(size - 1) }, proof)).toBe(false);
          expect(continues(tree, old, proof)).toBe(false);
        },
      ),
    );
    const tree = { size: 5, root: log.root(5) };
    expect(continues(tree, tree, [])).toBe(true);
    expect(continues(tree, { size: 5, root: log.root(6) }, [])).toBe(false);
    expect(continues({ size: 0, root: log.root(0) }, tree, [])).toBe(false);
  });
});

async function rangeOf(
  read: (level: number, index: number) => Promise<Buffer>,
  low: number,
  high: number,
): Promise<Buffer> {
  const middle = (low + high) / 2;
  const { nodeHash } = await import('../../../src/golang/sumdb/tree.ts');
  const part = async (from: number, to: number) =>
    to - from === 1 ? read(0, from) : rangeOf(read, from, to);
  return nodeHash(await part(low, middle), await part(middle, high));
}

describe('tiles', () => {
  it('are named as the database names them', () => {
    expect(tilePath(0, 0, 256)).toBe('tile/8/0/000');
    expect(tilePath(1, 999, 7)).toBe('tile/8/1/999.p/7');
    expect(tilePath(0, 1000, 256)).toBe('tile/8/0/x001/000');
    expect(tilePath(2, 1234067, 1)).toBe('tile/8/2/x001/x234/067.p/1');
  });

  it('that are unfinished are cut from the full one when the server dropped them', async () => {
    const asked: string[] = [];
    const read = tileReader(async (path) => {
      asked.push(path);
      return path.includes('.p/') ? undefined : Buffer.from(log.answer(path) ?? []);
    }, 300);
    expect((await read(0, 299)).equals(recordHash('record 299\n'))).toBe(true);
    expect(asked).toEqual(['tile/8/0/001.p/44', 'tile/8/0/001']);
  });

  it('that are cut short are refused', async () => {
    const read = tileReader(async () => Buffer.alloc(32 * 43), 300);
    await expect(read(0, 299)).rejects.toMatchObject({ code: 'TOOLCHAIN_FETCH' });
  });
});
