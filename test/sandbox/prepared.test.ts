import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { describeWith, findProgram, installed, isRoot } from '../components/program.ts';

describeWith([isRoot, installed('busybox'), installed('unshare')], 'a sandbox prepared ahead of need', () => {
  test('holds nobody up when it is not needed, and is not needed to run', () => {
    const script = path.join(import.meta.dirname, 'contract/prepare.ts');
    const argv = ['--no-warnings', script, findProgram('busybox') ?? ''];
    // Ends by itself, though the last one was prepared in vain and never closed.
    expect(execFileSync(process.execPath, argv, { encoding: 'utf8', timeout: 120_000 })).toBe(
      'one\ntwo\nthree\n',
    );
  });
});
