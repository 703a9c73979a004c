/** `coracle run` from its command line, as root and as ordinary users. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { freePort } from '../components/free-port.ts';
import { describeWith, installed, isRoot } from '../components/program.ts';
import { busybox } from '../solve/exec/machine.ts';
import { testCtx } from '../support/ctx.ts';
import { putImage } from './image.ts';
import { coracleAs, giveTo, hasSubordinateIds, homeOf, type Who } from './people.ts';

const needs = [isRoot, installed('busybox'), installed('unshare'), installed('setpriv')];
const config = { Env: ['PATH=/bin', 'A=image'], Cmd: ['sh', '-c', 'echo cmd'], WorkingDir: '/tmp' };

async function imageFor(who: Who, over: object = {}): Promise<string> {
  const home = homeOf(who);
  // A test's temporary directory is private; its users must come by.
  chmodSync(path.dirname(home), 0o755);
  await putImage(testCtx({ home }), 'docker.io/library/box:latest', busybox(), { ...config, ...over });
  giveTo(who, home);
  return home;
}

describe.each<Who>(['root', 'single', 'subids'])('coracle run as %s', (who) => {
  describeWith(who === 'subids' ? [...needs, hasSubordinateIds] : needs, '', () => {
    test("runs the image's program, or another, and ends with its exit code", async () => {
      const home = await imageFor(who);
      expect(await coracleAs(who, home, ['run', 'box'])).toMatchObject({ code: 0, stdout: 'cmd\n' });
      expect(
        await coracleAs(who, home, ['run', 'box', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']),
      ).toMatchObject({ code: 7, stdout: 'out\n' });
      expect((await coracleAs(who, home, ['run', 'box', '--', 'no-such'])).code).toBe(127);
      expect((await coracleAs(who, home, ['run', 'box', '--', '/etc/passwd'])).code).toBe(126);
      expect(
        (await coracleAs(who, home, ['run', 'box', '--', 'sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?']))
          .code,
      ).toBe(137);
    });

    test('gives it the variables, user, directory and files that are asked for', async () => {
      const home = await imageFor(who);
      mkdirSync(path.join(home, 'data'));
      writeFileSync(path.join(home, 'data', 'file'), 'from here');
      giveTo(who, path.join(home, 'data'));
      const script =
        'pwd; echo $A $B; id -u; cat /data/file; touch /data/no 2>/dev/null || echo read-only; hostname';
      const { stdout, stderr } = await coracleAs(
        who,
        home,
        [
          ...['run', '-e', 'A=flag', '-e', 'B', '-w', '/srv', '--hostname', 'host', '-v', './data:/data:ro'],
          ...['--user', who === 'single' ? 'root' : 'app', 'box', '--', 'sh', '-c', script],
        ],
        { env: { B: 'mine' } },
      );
      expect(`${stdout}${stderr}`).toBe(
        `/srv\nflag mine\n${who === 'single' ? 0 : 1000}\nfrom hereread-only\nhost\n`,
      );
    });

    test('throws away what it writes, and a read-only root cannot be written to', async () => {
      const home = await imageFor(who, { Volumes: { '/vol': {} } });
      const write =
        'test -e /tmp/x && echo there; echo x > /tmp/x || echo refused; echo x > /vol/x && echo volume';
      expect(
        (await coracleAs(who, home, ['run', 'box', '--', 'sh', '-c', 'mkdir -p /vol; ' + write])).stdout,
      ).toBe('volume\n');
      const { stdout } = await coracleAs(who, home, [
        ...['run', '--read-only', '--tmpfs', '/scratch:size=1m', 'box', '--', 'sh', '-c'],
        `${write}; echo x > /scratch/x && echo tmpfs`,
      ]);
      expect(stdout).toBe('refused\nvolume\ntmpfs\n');
    });

    test('with --network none there is no network', async () => {
      const home = await imageFor(who);
      const { stdout } = await coracleAs(who, home, [
        'run',
        '--network',
        'none',
        'box',
        '--',
        'sh',
        '-c',
        'ip -o link | wc -l; cat /etc/resolv.conf',
      ]);
      expect(stdout).toBe('1\n');
    });

    test('a published port with another number reaches the program, whose signals are passed on', async () => {
      const home = await imageFor(who, { StopSignal: 'SIGUSR1' });
      const [host, inside] = [await freePort(), await freePort()];
      const script = `trap 'echo stopped; exit 5' USR1; echo ready; while true; do echo answer | nc -l -p ${inside} & wait $!; done`;
      let printed = '';
      const stop = new AbortController();
      const ready = Promise.withResolvers<undefined>();
      const pid = Promise.withResolvers<number>();
      const running = coracleAs(
        who,
        home,
        ['run', '-p', `${host}:${inside}`, 'box', '--', 'sh', '-c', `echo $$; ${script}`],
        {
          signal: stop.signal,
          onOutput: (_, text) => {
            printed += text;
            if (printed.includes('ready')) ready.resolve(undefined);
          },
        },
      );
      pid.resolve(0);
      await ready.promise;
      let answer = '';
      for (let tries = 0; tries < 50 && answer === ''; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        answer = await ask(host);
      }
      expect(answer).toBe('answer\n');
      stop.abort(new Error('stopped by the test'));
      await expect(running).rejects.toThrow('stopped by the test');
      expect(printed).toContain('stopped');
    });
  });
});

async function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8').on('data', (text) => (answer += String(text)));
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
  });
}

describeWith(needs, 'coracle run for one with a single id', () => {
  test('says that the user of the image cannot be had, and runs', async () => {
    const home = await imageFor('single', { User: '65532:65532' });
    const { code, stdout, stderr } = await coracleAs('single', home, ['run', 'box', '--', 'id', '-u']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '0\n' });
    expect(stderr).toContain('warning: the image wants user 65532:65532');
    expect(stderr).toContain('usermod --add-subuids');
  });
});

describeWith(needs, 'what coracle run refuses', () => {
  test.each([
    [['run'], 'needs IMAGE'],
    [['run', 'box', '-t'], '-t needs a terminal'],
    [['run', '-v', 'name:/data', 'box'], 'Coracle keeps none'],
    [['run', '-p', 'x', 'box'], '-p'],
    [['run', '--user', 'nobodys', 'box'], 'has no user "nobodys"'],
    [['run', '--failed', 'abc'], 'there is no failed step abc'],
  ])('%j', async (args, says) => {
    const home = await imageFor('root');
    const { code, stderr } = await coracleAs('root', home, args);
    expect(stderr).toContain(says);
    expect(code).toBeGreaterThan(1);
  });
});
