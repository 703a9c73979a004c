import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Case } from './cases.ts';
import { processes } from './box.ts';

let next = 0;
/** Seconds to sleep that nobody else sleeps: so it can be found among all processes. */
function unique(): string {
  return `9${process.pid}.${++next}`;
}

function left(mark: string): string[] {
  return processes().filter((line) => line.includes(mark) && line.includes('sleep'));
}

/** How it ends, and that nothing is left. */
export const ending: readonly Case[] = [
  {
    name: 'what it leaves running ends with it, and its open pipes hold nobody up',
    run: async (box) => {
      const mark = unique();
      const { code, stdout } = await box.run(`setsid sleep ${mark} & (sleep ${mark} &) & echo done`);
      assert.deepEqual([code, stdout], [0, 'done\n']);
      assert.deepEqual(left(mark), []);
    },
  },
  {
    name: 'when the time is up everything ends, also what ignores signals',
    run: async (box) => {
      const mark = unique();
      const script = `trap '' TERM INT HUP QUIT; setsid sh -c "trap '' TERM; sleep ${mark}" & sleep ${mark}; sleep ${mark}`;
      const ran = await box.run(script, { timeout: 700 });
      assert.equal(ran.timedOut, true);
      assert.equal(ran.code, 137);
      assert.deepEqual(left(mark), []);
    },
  },
  {
    name: 'when the time is up before it begins, nothing begins',
    run: async (box) => {
      const source = path.join(box.temp, 'shared');
      mkdirSync(source);
      const ran = await box.run('echo ran > /data/ran', {
        mounts: [{ kind: 'bind', source, target: '/data', readOnly: false }],
        timeout: 1,
      });
      assert.equal(ran.timedOut, true);
      await delay(500);
      assert.deepEqual(readdirSync(source), []);
    },
  },
  {
    name: 'an interrupt ends everything',
    run: async (box) => {
      const mark = unique();
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('stop that')), 700);
      await assert.rejects(
        box.runUntil(controller.signal, `setsid sleep ${mark} & sleep ${mark}`),
        /stop that/,
      );
      assert.deepEqual(left(mark), []);
      await assert.rejects(box.runUntil(AbortSignal.abort(new Error('before')), 'true'), /before/);
    },
  },
  {
    name: 'hundreds of processes end at once',
    run: async (box) => {
      const mark = unique();
      const script = `i=0; while [ $i -lt 150 ]; do setsid sleep ${mark} & i=$((i+1)); done; wait`;
      assert.equal((await box.run(script, { timeout: 1500 })).timedOut, true);
      assert.deepEqual(left(mark), []);
    },
  },
  {
    name: 'what forks without end meets its limit, and its end',
    needs: ['limits'],
    run: async (box) => {
      const ran = await box.run('f() { f | f & }; f; while :; do sleep 1; done', {
        limits: { pids: 40, memory: 256 * 1024 * 1024, cpus: 1 },
        timeout: 2000,
      });
      assert.equal(ran.timedOut, true);
      assert.match(ran.stderr, /can't fork|Resource temporarily unavailable/i);
      assert.deepEqual(box.events, []);
    },
  },
  {
    name: 'limits that cannot be set are said',
    run: async (box) => {
      await box.run('true', { limits: { pids: 40 } });
      const can = box.mode === 'root' && box.sandbox.name !== 'chroot';
      assert.equal(box.events.filter(({ kind }) => kind === 'warning').length, can ? 0 : 1);
    },
  },
];
