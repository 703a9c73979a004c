/** No secret in any output, whatever goes wrong and however much is asked for. */
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Exit } from '../../src/core/exec.ts';
import { hasGo } from '../components/go.ts';
import { describeWith } from '../components/program.ts';
import { startTokenRegistry } from '../components/token-registry.ts';
import { serve } from '../golang/support/server.ts';
import { sharedTempDir, tempDir } from '../support/ctx.ts';
import { coracle, coracleOk } from './coracle.ts';
import type { Invocation } from './coracle.ts';
import { tiny, write } from './tiny.ts';

const { directory: root, remove } = sharedTempDir();
const home = path.join(root, 'home');
const secret = 'hunter2-s3cret';
const forms = [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(2, -2),
  Buffer.from(`gopher:${secret}`).toString('base64').replace(/=+$/, ''),
];

beforeAll(async () => {
  await coracleOk(['build', tiny(path.join(root, 'source')), '-t', 'tiny'], { env: { CORACLE_HOME: home } });
});
afterAll(remove);

/** Runs a command in every way of talking, and looks through all that it says. */
async function says(args: readonly string[], options: Invocation = {}): Promise<Exit[]> {
  const exits: Exit[] = [];
  for (const ways of [['--debug'], ['--debug', '--progress', 'json'], ['--json', '--progress', 'plain']]) {
    const exit = await coracle([...args, ...ways], {
      ...options,
      env: { ...options.env, CORACLE_HOME: home },
    });
    for (const form of forms) expect(`${exit.stdout}${exit.stderr}`).not.toContain(form);
    exits.push(exit);
  }
  return exits;
}

it('of a registry, when it refuses, repeats what it was sent, breaks off, or takes it', async () => {
  const server = await startTokenRegistry({
    auth: 'bearer',
    account: { username: 'gopher', password: secret },
  });
  onTestFinished(async () => server.stop());
  const auth = { auth: Buffer.from(`gopher:${secret}`).toString('base64') };
  const config = write(tempDir(), { 'config.json': JSON.stringify({ auths: { [server.host]: auth } }) });
  const env = { DOCKER_CONFIG: config };
  const push = ['push', 'tiny', `${server.host}/team/tiny:1`];
  for (const exit of await says(push, { env })) expect(exit.code).toBe(0);
  const tokens = [...server.tokens.keys()];
  expect(tokens.length).toBeGreaterThan(0);
  server.fault = (request) => ({ status: 403, body: `you sent ${JSON.stringify(request.headers)}` });
  for (const exit of await says(push, { env })) expect(exit.code).toBe(3);
  server.fault = (request) =>
    request.server === 'tokens'
      ? { status: 401, body: `wrong: ${String(request.headers.authorization)} ${secret}` }
      : undefined;
  for (const exit of await says(push, { env })) {
    expect(exit.code).toBe(3);
    for (const token of tokens) expect(exit.stderr).not.toContain(token);
  }
  server.fault = () => ({ cutRequest: 0 });
  for (const exit of await says(['inspect', `${server.host}/team/tiny:1`], { env }))
    expect(exit.code).toBe(3);
});

it('of a login that fails, or is typed where everybody sees it', async () => {
  const server = await startTokenRegistry({ auth: 'basic' });
  onTestFinished(async () => server.stop());
  const env = { DOCKER_CONFIG: tempDir() };
  for (const exit of await says(['login', '-u', 'gopher', '-p', secret, server.host], { env }))
    expect(exit.code).toBe(2);
});

it('of a GOPROXY and a netrc, when toolchains cannot be had', async () => {
  const proxy = await serve((_, request) => {
    const sent = String(request.headers.authorization);
    return (__, response) => response.writeHead(500).end(`no: ${sent} ${secret}`);
  });
  const withPassword = proxy.url.replace('//', `//gopher:${encodeURIComponent(secret)}@`);
  const netrc = write(tempDir(), { netrc: `machine 127.0.0.1 login gopher password ${secret}\n` });
  const env = { GOMODCACHE: tempDir(), NETRC: path.join(netrc, 'netrc'), GOPROXY: withPassword };
  for (const exit of await says(['toolchain', 'install', '1.23.7'], { env })) expect(exit.code).toBe(3);
  const down = { ...env, GOPROXY: `http://gopher:${secret}@127.0.0.1:9` };
  for (const exit of await says(['toolchain', 'install', '1.23.7'], { env: down })) expect(exit.code).toBe(3);
});

describeWith([hasGo], 'of a GOPROXY', () => {
  it('when the go command cannot fetch a module', async () => {
    const proxy = await serve(() => 401);
    const directory = write(tempDir(), {
      'go.mod': 'module example.com/m\n\ngo 1.20\n\nrequire example.com/dep v1.0.0\n',
      'go.sum': `example.com/dep v1.0.0 h1:${'A'.repeat(43)}=\nexample.com/dep v1.0.0/go.mod h1:${'A'.repeat(43)}=\n`,
      'main.go': 'package main\n\nimport "example.com/dep"\n\nfunc main() { dep.Do() }\n',
    });
    const env = {
      GOMODCACHE: tempDir(),
      GOFLAGS: '-modcacherw',
      GOPROXY: proxy.url.replace('//', `//gopher:${secret}@`),
    };
    for (const exit of await says(['build', directory], { env })) expect(exit.code).toBe(3);
    for (const exit of await says(['build', 'example.com/dep@v1.0.0'], { env })) expect(exit.code).toBe(3);
    const git = {
      ...env,
      GOPROXY: `direct`,
      GONOSUMDB: '*',
      HTTPS_PROXY: `http://gopher:${secret}@127.0.0.1:9`,
    };
    for (const exit of await says(['build', 'example.com/dep@v1.0.0'], { env: git }))
      expect(exit.code).toBe(3);
  });
});

it('of a proxy on the way to a registry', async () => {
  const env = {
    HTTPS_PROXY: `http://gopher:${secret}@127.0.0.1:9`,
    HTTP_PROXY: `http://gopher:${secret}@127.0.0.1:9`,
  };
  for (const exit of await says(['inspect', 'registry.example.com/team/tiny:1'], { env }))
    expect(exit.code).toBe(3);
});
