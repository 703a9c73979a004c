import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectHost } from '../../src/remote/connect.ts';
import { freePort } from '../components/free-port.ts';
import { describeWith } from '../components/program.ts';
import { hasSshd, makeKey } from '../components/sshd.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { containing } from '../support/containing.ts';
import { hostOf } from './host.ts';
import { open, sockets, startServer } from './server.ts';
import type { Server } from './server.ts';

describeWith([hasSshd], 'connecting', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => server.stop());

  test('a script runs, and its exit is a result', async () => {
    const remote = await open(server);
    const exit = await remote.run('echo "$WHO"; cat >&2; exit 3', { values: { WHO: 'me' }, input: 'in' });
    expect(exit).toMatchObject({ code: 3, stdout: 'me\n', stderr: 'in' });
    await remote.close();
  });

  test('exit code 255 of a script is not taken for a lost connection', async () => {
    const remote = await open(server);
    expect((await remote.run('exit 255')).code).toBe(255);
    expect(remote.lost.aborted).toBe(false);
    await remote.close();
  });

  test('thirty scripts at once share one connection', async () => {
    const before = accepted(server);
    const remote = await open(server);
    const exits = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => remote.run(`echo ${index}`)),
    );
    expect(exits.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 30 }, (_, index) => `${index}\n`));
    await remote.close();
    expect(accepted(server)).toBe(before + 1);
  });

  test('closing leaves no socket, and what is asked afterwards is refused', async () => {
    const ctx = testCtx();
    const remote = await open(server, ctx);
    expect(await sockets()).not.toEqual([]);
    await remote.close();
    await remote.close();
    expect(await sockets()).toEqual([]);
    await expect(remote.run('true')).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
    expect(remote.lost.aborted).toBe(false);
  });

  test('an unknown key is refused with its fingerprint', async () => {
    const empty = path.join(tempDir(), 'known_hosts');
    await writeFile(empty, '');
    const configFile = await changedConfig(server, `UserKnownHostsFile ${empty}`);
    await expect(connectHost(testCtx(), hostOf(), { configFile })).rejects.toMatchObject({
      code: 'HOST_KEY',
      message: containing(server.fingerprint),
      hint: containing('StrictHostKeyChecking=ask'),
    });
    expect(await readFile(empty, 'utf8')).toBe('');
  });

  test('a changed key is refused, even where the configuration checks nothing', async () => {
    const directory = tempDir();
    const other = await makeKey(path.join(directory, 'other'), 'other');
    const known = path.join(directory, 'known_hosts');
    await writeFile(known, `[127.0.0.1]:${server.port} ${other}\n`);
    const configFile = await changedConfig(server, `UserKnownHostsFile ${known}\nStrictHostKeyChecking no`);
    await expect(connectHost(testCtx(), hostOf(), { configFile })).rejects.toMatchObject({
      code: 'HOST_KEY',
      message: containing(`not the one that is known (asked as [127.0.0.1]:${server.port}); it shows`),
      hint: containing('ssh-keygen -R'),
    });
  });

  test('a key that the host does not accept', async () => {
    const key = path.join(tempDir(), 'key');
    await makeKey(key, 'stranger');
    const configFile = await changedConfig(server, `IdentityFile ${key}`);
    const text = (await readFile(configFile, 'utf8')).replaceAll(`IdentityFile ${server.keyFile}`, '');
    await writeFile(configFile, text);
    await expect(connectHost(testCtx(), hostOf(), { configFile })).rejects.toMatchObject({
      code: 'HOST_UNREACHABLE',
      message: containing('refused to let us in'),
      detail: containing('Permission denied'),
    });
  });

  test('a name that nobody knows, and a port where nobody listens', async () => {
    const { configFile } = server;
    await expect(
      connectHost(testCtx(), hostOf({ address: 'nowhere.invalid' }), { configFile }),
    ).rejects.toMatchObject({
      code: 'HOST_UNREACHABLE',
      message: containing('name is not known'),
    });
    const port = await freePort();
    await expect(connectHost(testCtx(), hostOf({ port }), { configFile })).rejects.toMatchObject({
      code: 'HOST_UNREACHABLE',
      message: containing('nothing listens'),
    });
    expect(await sockets()).toEqual([]);
  });

  test('a host that takes the connection and says nothing', async () => {
    const mute = createServer((socket) => socket.on('error', () => undefined));
    const port = await freePort();
    await new Promise<void>((resolve) => mute.listen(port, '127.0.0.1', resolve));
    await expect(
      connectHost(testCtx(), hostOf({ port }), { configFile: server.configFile, timeout: 1000 }),
    ).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
    mute.close();
  });

  test('no ssh on the machine', async () => {
    await expect(connectHost(testCtx({ env: { PATH: '/nowhere' } }), hostOf())).rejects.toMatchObject({
      code: 'TOOL_MISSING',
    });
  });

  test('through a jump host', async () => {
    const remote = await open(server, testCtx(), hostOf({ jump: 'server' }));
    expect((await remote.run('echo far')).stdout).toBe('far\n');
    await remote.close();
  });

  test('an interrupt while it connects leaves nothing', async () => {
    const ctx = testCtx();
    const connecting = connectHost(ctx, hostOf(), { configFile: server.configFile });
    ctx.abort(new Error('stop'));
    await expect(connecting).rejects.toThrow('stop');
    expect(await sockets()).toEqual([]);
  });

  test.each([
    { address: '-oProxyCommand=id' },
    { address: 'a;id' },
    { address: 'x', user: '-l' },
    { address: 'x', user: 'a`id`' },
    { address: 'x', jump: 'ok,-oProxyCommand=id' },
    { address: 'x', jump: 'a b' },
    { address: 'x', port: 70_000 },
    { address: 'x', name: '../x' },
  ])('refuses %j', async (part) => {
    await expect(connectHost(testCtx(), hostOf(part))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test("the user's own commands, forwardings and terminal do not come along", async () => {
    const file = path.join(tempDir(), 'ran');
    const port = await freePort();
    const configFile = await changedConfig(
      server,
      [
        `PermitLocalCommand yes\nLocalCommand touch ${file}\nRemoteCommand touch ${file}`,
        `RequestTTY force\nLocalForward ${port} 127.0.0.1:1\nControlMaster auto\nControlPersist yes`,
      ].join('\n'),
    );
    const remote = await connectHost(testCtx(), hostOf(), { configFile });
    expect((await remote.run('[ -t 0 ] || echo plain')).stdout).toBe('plain\n');
    await remote.close();
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  test('a server with room for three sessions does everything all the same', async () => {
    const narrow = await startServer(['MaxSessions 3']);
    const remote = await open(narrow);
    const held = await remote.hold('echo held; cat >/dev/null');
    const exits = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => remote.run('cat', { input: `${index}` })),
    );
    expect(exits.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 12 }, (_, index) => `${index}`));
    await held.release();
    await remote.close();
    expect(accepted(narrow)).toBe(1);
    await narrow.stop();
  });

  test('a server with room for none', async () => {
    const narrow = await startServer(['MaxSessions 0']);
    const remote = await open(narrow);
    await expect(remote.run('true')).rejects.toMatchObject({
      code: 'HOST_UNFIT',
      hint: containing('MaxSessions'),
    });
    await remote.close();
    await narrow.stop();
  });

  test('what start-up files of the login shell print is not taken for the script’s', async () => {
    const file = path.join(tempDir(), 'noise.sh');
    await writeFile(file, 'echo Welcome @coracle; echo; echo "to this host"\n');
    const noisy = await startServer([`SetEnv SHLVL=2 BASH_ENV=${file}`]);
    const remote = await open(noisy);
    expect((await remote.run('echo mine')).stdout).toBe('mine\n');
    await remote.close();
    await noisy.stop();
  });

  test('a server that lets in and runs nothing for us', async () => {
    const closed = await startServer(['ForceCommand echo this account is closed']);
    const remote = await open(closed);
    await expect(remote.run('true')).rejects.toMatchObject({ code: 'HOST_UNFIT' });
    await remote.close();
    await closed.stop();
  });
});

function accepted({ logs }: Server): number {
  return logs().split('Accepted publickey').length - 1;
}

/** The server's configuration with lines before all others, so that they win. */
async function changedConfig({ configFile }: Server, lines: string): Promise<string> {
  const file = path.join(tempDir(), 'config');
  await writeFile(file, `Host *\n${lines}\n${await readFile(configFile, 'utf8')}`);
  return file;
}
