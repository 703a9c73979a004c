/** `coracle run` from its command line, as root and as ordinary users. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run } from '../../src/core/exec.ts';
import { cleanEnv, main } from '../cli/run.ts';
import { freePort } from '../components/free-port.ts';
import { describeWith, installed, isRoot } from '../components/program.ts';
import { hasRegistry, startRegistry } from '../components/registry.ts';
import { busybox } from '../solve/exec/files.ts';
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
    test('gives the program its variables, user, directory, files, and ends with its exit code', async () => {
      const home = await imageFor(who);
      mkdirSync(path.join(home, 'data'));
      writeFileSync(path.join(home, 'data', 'file'), 'from here');
      giveTo(who, path.join(home, 'data'));
      const script =
        'pwd; echo $A $B; id -u; cat /data/file; touch /data/no 2>/dev/null || echo read-only; hostname; cat; exit 7';
      const user = who === 'single' ? 'root' : 'app';
      const { code, stdout, stderr } = await coracleAs(
        who,
        home,
        [
          ...['run', '-e', 'A=flag', '-e', 'B', '-w', '/srv', '--hostname', 'host', '-v', './data:/data:ro'],
          ...['--user', user, 'box', '--', 'sh', '-c', script],
        ],
        { env: { B: 'mine' }, input: 'not asked for' },
      );
      expect(`${stdout}${stderr}`).toBe(
        `/srv\nflag mine\n${user === 'app' ? 1000 : 0}\nfrom hereread-only\nhost\n`,
      );
      expect(code).toBe(7);
    });

    test('a read-only root cannot be written to, volumes of the image and tmpfs can', async () => {
      const home = await imageFor(who, { Volumes: { '/vol': {}, '/home': {} } });
      const { stdout } = await coracleAs(who, home, [
        ...['run', '--read-only', '--tmpfs', '/scratch:size=1m', 'box', '--', 'sh', '-c'],
        'for d in /tmp /vol /home /scratch; do echo x > $d/x 2>/dev/null && echo $d; done',
      ]);
      expect(stdout).toBe('/vol\n/home\n/scratch\n');
    });

    test('a published port with another number reaches the program, whose signals are passed on', async () => {
      const home = await imageFor(who, { StopSignal: 'SIGUSR1' });
      const [host, inside] = [await freePort(), await freePort()];
      const script = `trap 'echo stopped; exit 5' USR1; echo ready; while true; do echo answer | nc -l -p ${inside} & wait $!; done`;
      let printed = '';
      const stop = new AbortController();
      const ready = Promise.withResolvers<undefined>();
      const running = coracleAs(
        who,
        home,
        ['run', '-p', `${host}:${inside}`, 'box', '--', 'sh', '-c', script],
        {
          signal: stop.signal,
          onOutput: (_, text) => {
            printed += text;
            if (printed.includes('ready')) ready.resolve(undefined);
          },
        },
      );
      await Promise.race([ready.promise, running]);
      let answer = '';
      for (let tries = 0; tries < 50 && answer === ''; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        answer = await ask(host);
      }
      expect(answer).toBe('answer\n');
      stop.abort(new Error('stopped by the test')); // SIGTERM, as core/exec sends it
      await expect(running).rejects.toThrow('stopped by the test');
      expect(printed).toContain('stopped');
    });
  });
});

describeWith(needs, 'coracle run', () => {
  test("runs the image's own program; 126 and 127 are what cannot be run and what is not there", async () => {
    const home = await imageFor('root');
    const code = async (...argv: readonly string[]) =>
      (await coracleAs('root', home, ['run', 'box', '--', ...argv])).code;
    expect(await coracleAs('root', home, ['run', 'box'])).toMatchObject({ code: 0, stdout: 'cmd\n' });
    expect(await code('no-such')).toBe(127);
    expect(await code('/etc/passwd')).toBe(126);
    expect(await code('sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?')).toBe(137);
  });

  test('throws away what the program writes, and gives it standard input with -i', async () => {
    const home = await imageFor('root');
    const typed = async () =>
      coracleAs('root', home, ['run', '-i', 'box', '--', 'sh', '-c', 'ls /tmp; cat > /tmp/x; cat /tmp/x'], {
        input: 'typed',
      });
    expect((await typed()).stdout).toBe('typed');
    expect((await typed()).stdout).toBe('typed');
  });

  test.runIf(hasRegistry() === undefined)('runs what only a registry has, and an archive', async () => {
    const registry = await startRegistry();
    onTestFinished(registry.stop);
    const home = await imageFor('root');
    const there = `${registry.host}/box:1`;
    expect((await coracleAs('root', home, ['push', 'box', there])).code).toBe(0);
    const other = homeOf('root');
    expect(await coracleAs('root', other, ['run', there])).toMatchObject({ code: 0, stdout: 'cmd\n' });
    const archive = `docker-archive:${path.join(home, 'box.tar')}`;
    expect((await coracleAs('root', home, ['copy', 'box', archive])).code).toBe(0);
    expect((await coracleAs('root', homeOf('root'), ['run', archive])).stdout).toBe('cmd\n');
  });

  test('gives it a terminal with -it', async () => {
    const home = await imageFor('root');
    const line = `${process.execPath} --no-warnings ${main} run -it box -- sh`;
    const { stdout, code } = await run(
      {
        argv: ['script', '-qefc', line, '/dev/null'],
        env: cleanEnv(home, { CORACLE_HOME: home, SHELL: '/bin/sh' }),
        cwd: home,
        input: 'test -t 0 && test -t 1 && echo "a $(tty)"; exit 5\n',
      },
      new AbortController().signal,
    );
    expect(stdout).toContain('a /dev/console');
    expect(code).toBe(5);
  });

  test('with --network none there is no network', async () => {
    const home = await imageFor('root');
    const { stdout } = await coracleAs('root', home, [
      ...['run', '--network', 'none', 'box', '--', 'sh', '-c', 'ip -o link | wc -l; cat /etc/resolv.conf'],
    ]);
    expect(stdout).toBe('1\n');
  });

  test('says that the user of the image cannot be had with a single id, and runs', async () => {
    const home = await imageFor('single', { User: '65532:65532' });
    const { code, stdout, stderr } = await coracleAs('single', home, ['run', 'box', '--', 'id', '-u']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '0\n' });
    expect(stderr).toContain('warning: the image wants user 65532:65532');
    expect(stderr).toContain('usermod --add-subuids');
  });

  test.each([
    [['run'], 'needs IMAGE'],
    [['run', 'box', '-t'], '-t needs a terminal'],
    [['run', '-v', 'name:/data', 'box'], 'Coracle keeps none'],
    [['run', '-p', 'x', 'box'], '-p'],
    [['run', '--user', 'nobodys', 'box'], 'has no user "nobodys"'],
    [['run', '--failed', 'abc'], 'there is no failed step abc'],
  ])('refuses %j', async (args, says) => {
    const home = await imageFor('root');
    const { code, stderr } = await coracleAs('root', home, args);
    expect(stderr).toContain(says);
    expect(code).toBeGreaterThan(1);
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
