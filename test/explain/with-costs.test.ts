import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { explainWithCosts } from '../../src/explain/with-costs.ts';
import { tempDir, testCtx } from '../support/ctx.ts';

test.each([
  ['nothing', 'NOT_FOUND', 'there is no directory nothing'],
  ['main.go', 'NOT_FOUND', 'main.go is no directory'],
  ['.', 'CONFIG_INVALID', '/bin/sh is no program of Go, and . not its source'],
])('the costs of a C program were told from the source %s', async (goSource, code, message) => {
  const ctx = testCtx({ cwd: tempDir() });
  writeFileSync(path.join(ctx.cwd, 'main.go'), 'package main\n');
  const request = { what: '/bin/sh', binaries: true, access: { insecure: [] }, goSource };
  await expect(explainWithCosts(ctx, request)).rejects.toMatchObject({ code, message });
});
