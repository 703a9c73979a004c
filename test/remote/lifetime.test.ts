import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Exit } from '../../src/core/exec.ts';
import { connectHost } from '../../src/remote/connect.ts';
import { freePort } from '../components/free-port.ts';
import { describeWith, tryCall } from '../components/program.ts';
import { hasSshd } from '../components/sshd.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { hostOf } from './host.ts';
import { lockScript } from './scripts.ts';
import { open, processesWith, sockets, startServer } from './server.ts';
import type { Server } from './server.ts';

/** A number of seconds to sleep that nobody else sleeps, so that the process can be found. */
const mark = (): string => `${70_000 + Math.floor(Math.random() * 1e6)}.5`;

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; look < 500; look++) {
    if (await what()) return;
    await sleep(20);
  }
  expect.unreachable('it never came');
}

/** Somebody else can take the lock at once. */
async function free(lock: string): Promise<boolean> {
  return (await tryCall(['flock', '-n', lock, 'true'])).code === 0;
}

describeWith([hasSshd], 'how long things live', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => server.stop());

  test('what is held is held until it is released, and hears from us', async () => {
    const lock = path.join(tempDir(), 'lock');
    const remote = await open(server);
    const held = await remote.hold(lockScript, { values: { lock } });
    expect(held.said).toBe('LOCKED');
    expect(await free(lock)).toBe(false);
    expect((await remote.hold(lockScript, { values: { lock } })).said).toBe('TAKEN');
    await sleep(1300);
    await held.release();
    expect(await held.ended).toMatchObject({ code: 0, stdout: 'LOCKED\nreleased after 1\n' });
    expect(await free(lock)).toBe(true);
    await remote.close();
  });

  test('a script that ends without a word is no error of holding', async () => {
    const remote = await open(server);
    const held = await remote.hold('exit 5');
    expect(held.said).toBe('');
    expect((await held.ended).code).toBe(5);
    await held.release();
    await remote.close();
  });

  test('an abort, and a limit of time, end a script on the host too', async () => {
    const remote = await open(server);
    const [first, second, third] = [mark(), mark(), mark()];
    const stop = new AbortController();
    const aborted = remote.run(`sleep ${first} | cat`, { signal: stop.signal });
    await until(() => processesWith(`sleep ${first}`).length > 0);
    stop.abort(new Error('stop'));
    await expect(aborted).rejects.toThrow('stop');
    await until(() => processesWith(`sleep ${first}`).length === 0);
    await expect(remote.run(`sleep ${second}`, { timeout: 300 })).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    });
    await until(() => processesWith(`sleep ${second}`).length === 0);
    const { stdout, ended } = await remote.stream(`echo line; exec sleep ${third}`);
    expect(String((await once(stdout, 'data'))[0])).toBe('line\n');
    stdout.destroy();
    await ended.catch(() => undefined);
    await until(() => processesWith(`sleep ${third}`).length === 0);
    expect((await remote.run('echo well')).stdout).toBe('well\n');
    await remote.close();
  });

  test('a reader that stops makes the host wait', async () => {
    const remote = await open(server);
    const file = path.join(tempDir(), 'count');
    const script =
      'n=0; while [ $n -lt 200 ]; do head -c 65536 /dev/zero; n=$((n + 1)); echo $n >"$file"; done';
    const { stdout, ended } = await remote.stream(script, { values: { file } });
    await sleep(1000);
    const written = async (): Promise<number> => Number((await tryCall(['cat', file])).stdout);
    const stalled = await written();
    expect(stalled).toBeLessThan(150);
    let bytes = 0;
    for await (const chunk of stdout) if (Buffer.isBuffer(chunk)) bytes += chunk.byteLength;
    expect(bytes).toBe(200 * 65_536);
    expect((await ended).code).toBe(0);
    await remote.close();
  });

  test('an input that is a stream goes through whole', async () => {
    const remote = await open(server);
    const chunk = new Uint8Array(1024 * 1024).fill(7);
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 40; count++) yield chunk;
    };
    expect((await remote.run('wc -c', { input: chunks() })).stdout.trim()).toBe(String(40 * 1024 * 1024));
    // A script that reads nothing of it ends all the same.
    expect((await remote.run('echo no', { input: chunks() })).stdout).toBe('no\n');
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield chunk;
      throw new Error('the source broke');
    };
    await expect(remote.run('cat >/dev/null; sleep 1', { input: broken() })).rejects.toThrow(
      'the source broke',
    );
    await remote.close();
  });

  test('our own streams on a script there, with a terminal and without', async () => {
    const file = path.join(tempDir(), 'asks.sh');
    await writeFile(file, 'read -r line; [ -t 0 ] && line="$line on a terminal"; echo "got $line"; exit 9\n');
    const attached = async (how: string): Promise<Exit> =>
      tryCall(
        [process.execPath, path.join(import.meta.dirname, 'attached.ts'), server.configFile, file, how],
        { input: 'a line\n' },
      );
    expect(await attached('plain')).toMatchObject({ code: 9, stdout: 'got a line\n' });
    const onTerminal = await attached('tty');
    expect(onTerminal.code).toBe(9);
    expect(onTerminal.stdout).toContain('got a line on a terminal');
  });

  test('kill -9 of the deployer: its lock is free at once, and nothing of it is left', async () => {
    const lock = path.join(tempDir(), 'lock');
    const seconds = mark();
    const child = spawn(
      process.execPath,
      [path.join(import.meta.dirname, 'deployer.ts'), server.configFile, lock, seconds],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    expect(String((await once(child.stdout, 'data'))[0])).toBe('LOCKED\n');
    await until(() => processesWith(`sleep ${seconds}`).length === 2);
    expect(await free(lock)).toBe(false);
    expect(await sockets(child.pid)).toHaveLength(1);
    child.kill('SIGKILL');
    await until(async () => free(lock));
    await until(async () => (await sockets(child.pid)).length === 0);
    await until(() => processesWith(`coracle-${process.getuid?.()}/tmp/${child.pid}-`).length === 0);
  });

  test('a link that dies without a word is noticed, and the lock let go', async () => {
    const lock = path.join(tempDir(), 'lock');
    const link = await startLink(server.port);
    onTestFinished(link.close);
    const remote = await connectHost(testCtx(), hostOf({ port: link.port }), {
      configFile: await link.configFile(server),
    });
    onTestFinished(remote.close);
    const held = await remote.hold(lockScript, { values: { lock } });
    expect(held.said).toBe('LOCKED');
    const running = remote.run('sleep 30').catch((error: unknown) => error);
    link.cut();
    await until(() => remote.lost.aborted);
    expect(remote.lost.reason).toMatchObject({ code: 'HOST_UNREACHABLE' });
    expect(await running).toBe(remote.lost.reason);
    await expect(remote.run('true')).rejects.toBe(remote.lost.reason);
    expect((await held.ended).code).toBe(255);
    await until(async () => free(lock));
  }, 20_000);
});

interface Link {
  readonly port: number;
  configFile(server: Server): Promise<string>;
  /** From now on no byte goes either way; connections stay open. */
  cut(): void;
  close(): void;
}

async function startLink(to: number): Promise<Link> {
  const ends: Socket[] = [];
  const relay = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const end of [near, far]) {
      end.on('error', () => undefined);
      ends.push(end);
    }
  });
  const port = await freePort();
  await new Promise<void>((resolve) => relay.listen(port, '127.0.0.1', resolve));
  return {
    port,
    async configFile(server) {
      const file = path.join(tempDir(), 'config');
      // It is the same server, under the name of another port.
      await writeFile(
        file,
        `Host *\n  HostKeyAlias [127.0.0.1]:${server.port}\n${await readFile(server.configFile, 'utf8')}`,
      );
      return file;
    },
    cut() {
      for (const end of ends) {
        end.unpipe();
        end.pause();
      }
    },
    close() {
      for (const end of ends) end.destroy();
      relay.close();
    },
  };
}
