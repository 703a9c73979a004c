import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findProject } from '../../src/golang/project.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { failure } from './support/failure.ts';
import { goMod, writeFiles } from './go-project.ts';

describe('findProject', () => {
  test('the directory of a workspace that is no module was told to run go mod init', async () => {
    const dir = writeFiles(tempDir(), {
      'go.work': 'go 1.24\n\nuse (\n\t./api\n\t./worker\n)\n',
      'api/go.mod': goMod('example.com/api'),
      'worker/go.mod': goMod('example.com/worker'),
    });
    const error = await failure(findProject(testCtx({ cwd: dir }), dir));
    expect(error.code).toBe('NO_GO_MOD');
    expect(error.hint).toContain('./api, ./worker');
    const { workFile } = await findProject(testCtx(), path.join(dir, 'api'));
    expect(workFile).toBe(path.join(dir, 'go.work'));
  });

  test('neither module nor workspace', async () => {
    const error = await failure(findProject(testCtx(), tempDir()));
    expect(error.hint).toContain('go mod init');
  });
});
