/** Nothing of a sandbox outlives the process that started it, however that ends. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeWith, findProgram, installed, isRoot } from '../components/program.ts';
import { tempDir } from '../support/ctx.ts';
import { asContained } from './contract.ts';
import { processes } from './contract/box.ts';

const sleeper = path.join(import.meta.dirname, 'contract/sleeper.ts');
const needs = [isRoot, installed('busybox'), installed('unshare'), installed('setpriv')];
let next = 0;

function alive(mark: string): string[] {
  return processes().filter((line) => line.includes(mark));
}

describeWith(needs, 'when its starter is killed', () => {
  test.each([
    ['builtin', 'running'],
    ['builtin', 'starting'],
    ['runc', 'running'],
    ['chroot', 'running'],
    ['chroot', 'starting'],
  ])('%s ends while it is %s', async (runtime, when) => {
    if (runtime === 'runc' && findProgram('runc') === undefined) return;
    const mark = `7${process.pid}${++next}`;
    const own = [process.execPath, '--no-warnings', sleeper, runtime, findProgram('busybox') ?? '', mark];
    const [program, ...args] = runtime === 'chroot' ? asContained(own) : own;
    const child = spawn(program ?? '', args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: tempDir() },
    });
    const exited = new Promise((resolve) => child.on('exit', resolve));
    const wanted = when === 'running' ? 'up' : 'go';
    await new Promise<void>((resolve) => {
      let said = '';
      child.stdout.on('data', (text: Buffer) => {
        said += text.toString();
        if (said.includes(wanted)) resolve();
      });
    });
    child.kill('SIGKILL');
    await exited;
    // What starts gets to where it sees that it is alone; what runs is killed. Neither is at once.
    for (let tries = 0; tries < 200 && alive(mark).length > 0; tries++) await delay(100);
    if (when === 'starting') await delay(1000);
    expect(alive(mark)).toEqual([]);
  });
});
