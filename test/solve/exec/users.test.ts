/** RUN steps of ordinary users, in a user namespace: with one id, and with subordinate ids. */
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../../src/core/exec.ts';
import { cleanEnv } from '../../cli/run.ts';
import { describeWith, installed, isRoot } from '../../components/program.ts';
import { as, hasSubordinateIds, homeOf, type Who } from '../../run/people.ts';
import { containing } from '../../support/containing.ts';
import { parseJson } from '../../support/json.ts';
import type { WorkerResult, WorkerStep } from './step-worker.ts';

const needs = [
  isRoot,
  installed('busybox'),
  installed('unshare'),
  installed('setpriv'),
  installed('ssh-agent'),
];

async function stepsAs(who: Who, steps: readonly WorkerStep[]): Promise<WorkerResult[]> {
  const home = homeOf(who);
  chmodSync(path.dirname(home), 0o755);
  const { code, stdout, stderr } = await run(
    {
      argv: as(who, [
        process.execPath,
        '--no-warnings',
        path.join(import.meta.dirname, 'step-worker.ts'),
        home,
      ]),
      env: cleanEnv(home),
      cwd: home,
      input: JSON.stringify(steps),
    },
    new AbortController().signal,
  );
  if (code !== 0) throw new Error(stderr);
  return parseJson<WorkerResult[]>(stdout);
}

const mount = { mode: 0o400, uid: 0, gid: 0, required: true } as const;

describe.each<Who>(['single', 'subids'])('a step of one with %s', (who) => {
  describeWith(who === 'subids' ? [...needs, hasSubordinateIds] : needs, '', () => {
    test('has mounts of all kinds and leaves a layer', async () => {
      const [first, again] = await stepsAs(who, [
        {
          script:
            'cat /run/secrets/s; stat -c %a /t; echo x > /cache/x; echo made > /made; chmod 4711 /made; hostname; id -u',
          over: {
            mounts: [
              { type: 'secret', id: 's', target: '/run/secrets/s', ...mount },
              { type: 'tmpfs', target: '/t' },
              { type: 'cache', target: '/cache', id: 'c', sharing: 'locked', source: '/', readOnly: false },
            ],
          },
        },
        {
          script: 'cat /cache/x',
          over: {
            network: 'none',
            mounts: [
              { type: 'cache', target: '/cache', id: 'c', sharing: 'locked', source: '/', readOnly: true },
            ],
          },
        },
      ]);
      expect(first).toEqual({
        output: 'hidden1777\nbuildkitsandbox\n0\n',
        entries: expect.arrayContaining([['made', 0o4711, 0]]) as unknown,
      });
      expect(again?.output).toBe('x\n');
    });
  });
});

describeWith([...needs, hasSubordinateIds], 'a step with subordinate ids', () => {
  test("is the image's users, and so are its files", async () => {
    const [ran] = await stepsAs('subids', [
      {
        script: 'id; touch /tmp/mine; cat /run/secrets/s; touch /cache/x',
        over: {
          user: 'app',
          mounts: [
            { type: 'secret', id: 's', target: '/run/secrets/s', ...mount, uid: 1000 },
            {
              ...{
                type: 'cache',
                target: '/cache',
                id: 'c',
                sharing: 'private',
                source: '/',
                readOnly: false,
              },
              uid: 1000,
            },
          ],
        },
      },
    ]);
    expect(ran?.output).toContain('uid=1000(app) gid=1000(app) groups=100(users)');
    expect(ran?.entries).toContainEqual(['tmp/mine', 0o644, 1000]);
  });
});

describeWith(needs, 'a step with a single id', () => {
  test('that wants to be somebody else is refused, as its files would be the wrong ones', async () => {
    const [ran] = await stepsAs('single', [{ script: 'touch /tmp/mine', over: { user: 'app' } }]);
    expect(ran?.error).toMatchObject({ code: 'SANDBOX_UNAVAILABLE', hint: containing('--add-subuids') });
  });
});
