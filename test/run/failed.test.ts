/** The shell in what a failed step left behind. */
import { expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import type { ExecOp } from '../../src/solve/graph.ts';
import { describeWith, installed, isRoot } from '../components/program.ts';
import { machine, type Machine } from '../solve/exec/machine.ts';
import { coracleAs } from './people.ts';

/** Runs a step that fails, and gives the id that the error names. */
async function failing(at: Machine, script: string, over: Partial<ExecOp>): Promise<string> {
  const other = await at.stage({ tool: 'from the stage' });
  const error: unknown = await at.sh(script, over, [other]).catch((thrown: unknown) => thrown);
  const hint = (isToolError(error) ? error.hint : undefined) ?? '';
  return /coracle run --failed (\w+)/.exec(hint)?.[1] ?? hint;
}

describeWith([isRoot, installed('busybox'), installed('unshare')], 'coracle run --failed', () => {
  test('runs in the tree as the step left it, with its variables, user, directory and mounts', async () => {
    const at = await machine({ secret: async () => Buffer.from('hidden') });
    const id = await failing(at, 'echo half > done; rm /etc/group; echo kept > /cache/x; exit 1', {
      env: ['PATH=/bin', 'A=of the step'],
      cwd: '/work',
      mounts: [
        { type: 'bind', target: '/mnt', input: 1, source: '/', readOnly: true },
        { type: 'cache', target: '/cache', id: 'c', sharing: 'shared', source: '/', readOnly: false },
        {
          ...{ type: 'secret', id: 'token', target: '/run/secrets/token', required: true },
          ...{ mode: 0o400, uid: 0, gid: 0 },
        },
      ],
    });
    const script =
      'pwd; cat done; echo $A; cat /cache/x /mnt/tool; ls /etc/group /run/secrets 2>&1; touch more; id -u; hostname';
    const shell = async (...args: readonly string[]) =>
      coracleAs('root', at.ctx.home, ['run', '--failed', id.slice(0, 8), '--', ...args]);
    const { code, stdout, stderr } = await shell('sh', '-c', script);
    expect(stdout).toBe(
      [
        '/work\nhalf\nof the step\nkept\nfrom the stagels: /etc/group: No such file or directory\n',
        'ls: /run/secrets: No such file or directory\n0\nbuildkitsandbox\n',
      ].join(''),
    );
    expect(stderr).toContain('does not have what was given to the step alone: secret token');
    expect(code).toBe(0);
    // Looking changes nothing.
    expect((await shell('sh', '-c', 'ls')).stdout).toBe('done\n');
  });

  test("opens the step's own shell, which reads what is typed", async () => {
    const at = await machine();
    const id = await failing(at, 'exit 9', { user: 'app' });
    const { code, stdout } = await coracleAs('root', at.ctx.home, ['run', '--failed', id], {
      input: 'id -un; exit 4\n',
    });
    expect({ code, stdout }).toEqual({ code: 4, stdout: 'app\n' });
  });
});
