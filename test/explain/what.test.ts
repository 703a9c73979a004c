import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { whatIs } from '../../src/explain/what.ts';
import { tempDir, testCtx } from '../support/ctx.ts';

test('links that lead in a circle are no bug in Coracle', async () => {
  const ctx = testCtx({ cwd: tempDir() });
  symlinkSync('one', path.join(ctx.cwd, 'other'));
  symlinkSync('other', path.join(ctx.cwd, 'one'));
  await expect(whatIs(ctx, 'one')).rejects.toThrow('too many symbolic links');
  await expect(whatIs(ctx, 'one')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
});
