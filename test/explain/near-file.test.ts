import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ToolError } from '../../src/core/errors.ts';
import { explain } from '../../src/explain/explain.ts';
import { withNearFile } from '../../src/explain/near-file.ts';
import { tempDir, testCtx } from '../support/ctx.ts';

const unknown = new ToolError('NETWORK', 'cannot talk to registry.example', { hint: 'Check the network.' });

test('a mistyped file is not only told of as an image that a registry lacks', async () => {
  const ctx = testCtx({ cwd: tempDir() });
  writeFileSync(path.join(ctx.cwd, 'server'), '');
  const near = await withNearFile(ctx, 'servr', unknown);
  expect(near).toMatchObject({ code: 'NETWORK', hint: 'Did you mean ./server?' });
  expect(String(near)).toMatch(/neither a file nor a directory here is called servr.*cannot talk to/);
  expect(await withNearFile(ctx, 'quite_another', unknown)).toMatchObject({ hint: 'Check the network.' });
});

test('what is named as an image alone, and what else fails, stays as it is', async () => {
  const ctx = testCtx({ cwd: tempDir() });
  expect(await withNearFile(ctx, 'registry.example/a:1', unknown)).toBe(unknown);
  const damaged = new ToolError('IMAGE_INVALID', 'damaged');
  expect(await withNearFile(ctx, 'a', damaged)).toBe(damaged);
});

test('a platform that is asked of files is not ignored in silence', async () => {
  const ctx = testCtx({ cwd: tempDir() });
  mkdirSync(path.join(ctx.cwd, 'files'));
  const access = { insecure: [] };
  await explain(ctx, { what: 'files', access, binaries: false, platform: 'linux/arm64' });
  const warnings = ctx.events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []));
  expect(warnings).toEqual([expect.stringContaining('linux/arm64')]);
});
