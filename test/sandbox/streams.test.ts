/** Our own standard streams, and a terminal on them. */
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { describeWith, findProgram, installed, isRoot } from '../components/program.ts';

const lend = path.join(import.meta.dirname, 'contract/lend.ts');
const needs = [isRoot, installed('busybox'), installed('unshare'), installed('script')];

function command(runtime: string, stdio: string, script: string): string[] {
  return ['--no-warnings', lend, runtime, findProgram('busybox') ?? '', stdio, script];
}

describeWith(needs, 'our own streams', () => {
  test.each(['builtin', 'runc', 'chroot'])('%s lends them', (runtime) => {
    if (runtime === 'runc' && findProgram('runc') === undefined) return;
    const ran = spawnSync(
      process.execPath,
      command(runtime, 'inherit', 'cat; echo err >&2; head -c 300000 /dev/zero | tr "\\0" x >&2; exit 5'),
      {
        input: 'given',
        encoding: 'utf8',
      },
    );
    expect(ran.stdout).toBe('given');
    expect(ran.stderr.length).toBe('err\n'.length + 300_000);
    expect(ran.status).toBe(5);
  });

  test.each(['builtin', 'runc', 'chroot'])('%s gives a terminal', (runtime) => {
    if (runtime === 'runc' && findProgram('runc') === undefined) return;
    const script = '[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo terminal; stty size; exit 6';
    const own = [process.execPath, ...command(runtime, 'tty', script)].map((word) => `'${word}'`).join(' ');
    const out = execFileSync('script', ['-qec', `${own}; echo code $?`, '/dev/null'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(out).toMatch(/terminal/);
    expect(out).toMatch(/code 6/);
  });
});
