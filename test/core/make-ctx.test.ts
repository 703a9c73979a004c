import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { makeCtx } from '../../src/core/make-ctx.ts';

test.each([
  [{ CORACLE_HOME: '/a/b' }, '/a/b'],
  [{ CORACLE_HOME: 'b' }, '/project/b'],
  [{ XDG_CACHE_HOME: '/cache' }, '/cache/coracle'],
  [{ XDG_CACHE_HOME: 'relative', HOME: '/h' }, '/h/.cache/coracle'],
  [{ HOME: '/h' }, '/h/.cache/coracle'],
  [{ HOME: '' }, `${userInfo().homedir}/.cache/coracle`],
])('with %j the home is %s', (env, home) => {
  const ctx = makeCtx(env, '/project', new AbortController().signal, () => undefined);
  expect(ctx.home).toBe(home);
});
