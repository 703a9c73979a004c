import { expect, test } from 'vitest';
import { byteGate } from '../../../src/explain/files/byte-gate.ts';

/** Works that end when they are told to. */
function works(
  places: number,
  most: number,
): {
  start: (name: string, bytes: number) => Promise<void>;
  end: (name: string) => Promise<void>;
  inside: () => string[];
} {
  const gate = byteGate(places, most);
  const open = new Map<string, () => void>();
  const settle = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    start: async (name, bytes) => {
      void gate(bytes, async () => {
        await new Promise<void>((resolve) => open.set(name, resolve));
      });
      await settle();
    },
    end: async (name) => {
      open.get(name)?.();
      open.delete(name);
      await settle();
    },
    inside: () => [...open.keys()],
  };
}

test('works come in while there is room for their bytes, in the order in which they asked', async () => {
  const { start, end, inside } = works(3, 10);
  await start('a', 6);
  await start('b', 6);
  await start('c', 1);
  expect(inside(), 'c does not overtake b').toEqual(['a']);
  await end('a');
  expect(inside()).toEqual(['b', 'c']);
});

test('one that is larger than all room comes in alone', async () => {
  const { start, end, inside } = works(3, 10);
  await start('a', 1);
  await start('large', 100);
  await start('b', 1);
  expect(inside()).toEqual(['a']);
  await end('a');
  expect(inside()).toEqual(['large']);
  await end('large');
  expect(inside()).toEqual(['b']);
});

test('never more than there are places', async () => {
  const { start, inside } = works(2, 10);
  for (const name of ['a', 'b', 'c']) await start(name, 0);
  expect(inside()).toEqual(['a', 'b']);
});
