import { expect, test } from 'vitest';
import { decide } from '../../src/compare/decision.ts';
import type { Holding, MethodResult } from '../../src/compare/types.ts';
import { openStore } from '../../src/store/store.ts';
import { testCtx } from '../support/ctx.ts';
import { programFor } from './program-fixture.ts';

const none = { missing: 'not measured here' };

function row(
  name: string,
  size: number,
  gains: readonly string[],
  more: Partial<MethodResult> = {},
): MethodResult {
  const rest = { unpacked: none, layers: none, files: none, packages: none, setuid: none, shells: none };
  return {
    ...{ name, kind: 'method', means: '' },
    image: {
      reference: `localhost/${name}:1`,
      descriptor: { mediaType: 'x', digest: `sha256:${'0'.repeat(64)}`, size: 1 },
    },
    figures: {
      ...{ ...rest, size: { value: size }, packageManagers: none, root: none, secondRelease: none },
      ...{ start: none, memory: none },
    },
    holds: gains.map((what): Holding => ({ what, where: `/${what}`, kind: 'gain' })),
    ...more,
  };
}

async function decided(...rows: MethodResult[]): Promise<Awaited<ReturnType<typeof decide>>> {
  const ctx = testCtx();
  return decide(ctx, await openStore(ctx), programFor(), rows);
}

test('the smallest is not chosen when it lacks what the program can use', async () => {
  const { method, path } = await decided(
    row('scratch', 1e6, []),
    row('coracle', 2e6, ['CA bundle']),
    row('distroless', 3e6, ['CA bundle']),
  );
  expect(method).toBe('coracle');
  expect(path.map(({ because }) => because).join()).toContain('scratch lacks CA bundle');
});

test('a method that fails is not chosen, and its cause is told', async () => {
  const failure = { phase: 'start', cause: 'it wants a shell', said: [] } as const;
  const { method, path } = await decided(row('coracle', 1e6, [], { failure }), row('distro', 5e7, []));
  expect(method).toBe('distro');
  expect(path.map(({ because }) => because).join()).toContain('coracle does not: it wants a shell');
});

test('when none runs it, none is chosen', async () => {
  const failure = { phase: 'build', cause: 'it does not compile', said: [] } as const;
  expect((await decided(row('coracle', 1, [], { failure }))).method).toBe('none');
});

test('what the user gave is compared, and not advised', async () => {
  const own = row('mine', 1, [], { kind: 'image' });
  expect((await decided(own, row('coracle', 2e6, []))).method).toBe('coracle');
});
