import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  lstatSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { userCredentials } from '../../src/registry/credentials.ts';
import { login, logout } from '../../src/registry/login.ts';
import { startTokenRegistry } from '../components/token-registry.ts';
import type { Env } from '../../src/core/ctx.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { expectNoSecret, failure } from './support/setup.ts';

const secret = Buffer.from('gopher:right password').toString('base64');
const password = { kind: 'password', username: 'gopher', password: 'right password' };
const cleared: Env = {
  DOCKER_CONFIG: undefined,
  REGISTRY_AUTH_FILE: undefined,
  XDG_RUNTIME_DIR: undefined,
  XDG_CONFIG_HOME: undefined,
};

function home(files: Readonly<Record<string, unknown>> = {}, env: Env = {}) {
  const directory = tempDir();
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return { directory, ctx: testCtx({ env: { ...cleared, HOME: directory, ...env } }) };
}

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

function authsOf(file: string): string[] {
  const { auths } = parseJson<{ auths: object }>(readFileSync(file, 'utf8'));
  return Object.keys(auths);
}

/** A helper that keeps secrets in a file, as real ones keep them in a keychain. */
const helper = `#!/bin/sh
read -r line
case "$1" in
get) [ "$line" = "https://index.docker.io/v1/" ] || [ "$line" = "reg.example" ] || { echo "credentials not found in native keychain"; exit 1; }
  echo '{"ServerURL":"x","Username":"gopher","Secret":"right password"}' ;;
store) echo "$line" > "$HOME/stored" ;;
erase) echo "$line" > "$HOME/erased" ;;
esac
`;

function withHelper(config: unknown, script = helper) {
  const made = home({ '.docker/config.json': config, 'bin/docker-credential-test': script });
  chmodSync(path.join(made.directory, 'bin/docker-credential-test'), 0o755);
  const ctx = testCtx({
    env: {
      ...cleared,
      HOME: made.directory,
      PATH: `${path.join(made.directory, 'bin')}:${process.env['PATH'] ?? ''}`,
    },
  });
  return { ...made, ctx };
}

test.each([
  ["Docker's file", { '.docker/config.json': { auths: { 'reg.example': { auth: secret } } } }],
  ["Podman's file", { '.config/containers/auth.json': { auths: { 'reg.example': { auth: secret } } } }],
  [
    'a name with a scheme',
    { '.docker/config.json': { auths: { 'https://reg.example/v2/': { auth: secret } } } },
  ],
  [
    'user and password apart',
    {
      '.docker/config.json': { auths: { 'reg.example': { username: 'gopher', password: 'right password' } } },
    },
  ],
])('%s', async (_, files) => {
  const source = userCredentials(home(files).ctx);
  expect(await source.get('reg.example', 'app')).toEqual(password);
  expect(await source.get('other.example', 'app')).toBeUndefined();
});

test("Docker Hub stands under its old name, in Podman's files under its new one", async () => {
  for (const [file, key] of [
    ['.docker/config.json', 'https://index.docker.io/v1/'],
    ['.config/containers/auth.json', 'docker.io'],
  ]) {
    const { ctx } = home({ [file ?? '']: { auths: { [key ?? '']: { auth: secret } } } });
    expect(await userCredentials(ctx).get('docker.io', 'library/gin')).toEqual(password);
  }
});

test('the most particular entry wins, and $REGISTRY_AUTH_FILE before all', async () => {
  const other = Buffer.from('other:word').toString('base64');
  const { directory } = home({
    '.docker/config.json': {
      auths: { 'reg.example': { auth: other }, 'reg.example/team': { auth: secret } },
    },
    'mine.json': { auths: { 'reg.example': { identitytoken: 'idt' } } },
  });
  const env = { ...cleared, HOME: directory };
  const source = userCredentials(testCtx({ env }));
  expect(await source.get('reg.example', 'team/app')).toEqual(password);
  expect(await source.get('reg.example', 'teamster/app')).toMatchObject({ username: 'other' });
  const named = userCredentials(
    testCtx({ env: { ...env, REGISTRY_AUTH_FILE: 'mine.json' }, cwd: directory }),
  );
  expect(await named.get('reg.example', 'team/app')).toEqual({ kind: 'identity', token: 'idt' });
});

test.each(['{"auths": {"reg.example": {"auth": "Z2Vo', 'geheim', '[]'])(
  'a broken file is an error that does not repeat it: %s',
  async (content) => {
    const { ctx } = home({ '.docker/config.json': content });
    const error = await failure(userCredentials(ctx).get('reg.example'), 'CREDENTIALS');
    expectNoSecret(error, 'Z2Vo');
    expect(error.message).toContain('config.json');
  },
);

test('helpers: one for a registry, one for all, and what they do not have', async () => {
  for (const config of [{ credHelpers: { 'reg.example': 'test' } }, { credsStore: 'test' }]) {
    expect(await userCredentials(withHelper(config).ctx).get('reg.example')).toEqual(password);
  }
  expect(await userCredentials(withHelper({ credsStore: 'test' }).ctx).get('docker.io')).toEqual(password);
  expect(await userCredentials(withHelper({ credsStore: 'test' }).ctx).get('other.example')).toBeUndefined();
});

test('a helper that says <token> gives an identity token', async () => {
  const { ctx } = withHelper(
    { credsStore: 'test' },
    `#!/bin/sh\necho '{"Username":"<token>","Secret":"geheim"}'\n`,
  );
  expect(await userCredentials(ctx).get('reg.example')).toEqual({ kind: 'identity', token: 'geheim' });
});

test.each([
  [
    'fails after it gave the secret',
    `#!/bin/sh\necho '{"Username":"gopher","Secret":"right password"}'; exit 1\n`,
  ],
  ['answers nonsense', '#!/bin/sh\necho right password\n'],
])('a helper that %s: CREDENTIALS without it', async (_, script) => {
  const { ctx } = withHelper({ credHelpers: { 'reg.example': 'test' } }, script);
  await failure(userCredentials(ctx).get('reg.example'), 'CREDENTIALS');
});

test('a helper that is not there: an error for its registry, a warning for all others', async () => {
  await failure(
    userCredentials(home({ '.docker/config.json': { credHelpers: { 'reg.example': 'nowhere' } } }).ctx).get(
      'reg.example',
    ),
    'CREDENTIALS',
  );
  const { ctx } = home({ '.docker/config.json': { credsStore: 'nowhere' } });
  expect(await userCredentials(ctx).get('reg.example')).toBeUndefined();
  expect(ctx.events).toMatchObject([{ kind: 'warning' }]);
});

test('a helper by a path is no helper', async () => {
  const { ctx } = home({ '.docker/config.json': { credHelpers: { 'reg.example': '../../bin/sh' } } });
  await failure(userCredentials(ctx).get('reg.example'), 'CREDENTIALS');
});

test.each(['basic', 'bearer'] as const)(
  'login proves the credentials (%s), keeps them for its user alone, and what else the file holds',
  async (auth) => {
    const server = await startTokenRegistry({ auth });
    try {
      const { ctx, directory } = home({
        '.docker/config.json': {
          auths: { 'other.example': { auth: 'b3RoZXI6' } },
          HttpHeaders: { 'X-Mine': '1' },
        },
      });
      const file = path.join(directory, '.docker/config.json');
      await failure(
        login(ctx, { registry: server.host, username: 'gopher', password: 'wrong' }),
        'REGISTRY_AUTH',
      );
      expect(readFileSync(file, 'utf8')).not.toContain(server.host);
      const done = await login(ctx, {
        registry: server.host,
        username: 'gopher',
        password: 'right password',
      });
      expect(done).toEqual({ keptBy: file, verified: true, plain: true });
      expect(read(file)).toEqual({
        auths: { 'other.example': { auth: 'b3RoZXI6' }, [server.host]: { auth: secret } },
        HttpHeaders: { 'X-Mine': '1' },
      });
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(await userCredentials(ctx).get(server.host)).toEqual(password);
      expect(await logout(ctx, server.host)).toEqual([file]);
      expect(await userCredentials(ctx).get(server.host)).toBeUndefined();
      expect(await logout(ctx, server.host)).toEqual([]);
      expectNoSecret(ctx.events);
    } finally {
      await server.stop();
    }
  },
);

test('login makes the file where there is none, keeps a link a link, and says when nothing was proven', async () => {
  const server = await startTokenRegistry();
  try {
    const fresh = home();
    expect((await login(fresh.ctx, { registry: server.host, username: 'a', password: 'bcd' })).verified).toBe(
      false,
    );
    expect(statSync(path.join(fresh.directory, '.docker')).mode & 0o777).toBe(0o700);
    const linked = home({ 'real.json': {} });
    mkdirSync(path.join(linked.directory, '.docker'));
    symlinkSync('../real.json', path.join(linked.directory, '.docker/config.json'));
    await login(linked.ctx, { registry: server.host, username: 'a', password: 'bcd' });
    expect(lstatSync(path.join(linked.directory, '.docker/config.json')).isSymbolicLink()).toBe(true);
    expect(authsOf(path.join(linked.directory, 'real.json'))).toEqual([server.host]);
  } finally {
    await server.stop();
  }
});

test('two logins at once are both kept', async () => {
  const servers = await Promise.all([startTokenRegistry(), startTokenRegistry()]);
  try {
    const { ctx, directory } = home();
    await Promise.all(
      servers.map(async ({ host }) => login(ctx, { registry: host, username: 'a', password: 'bcd' })),
    );
    expect(authsOf(path.join(directory, '.docker/config.json')).sort()).toEqual(
      servers.map(({ host }) => host).sort(),
    );
  } finally {
    await Promise.all(servers.map(async (server) => server.stop()));
  }
});

test('login and logout through a helper leave no secret in the file', async () => {
  const server = await startTokenRegistry();
  try {
    const { ctx, directory } = withHelper({ credsStore: 'test' });
    expect(
      await login(ctx, { registry: server.host, username: 'gopher', password: 'right password' }),
    ).toMatchObject({ keptBy: 'docker-credential-test', plain: false });
    expect(read(path.join(directory, 'stored'))).toEqual({
      ServerURL: server.host,
      Username: 'gopher',
      Secret: 'right password',
    });
    expect(readFileSync(path.join(directory, '.docker/config.json'), 'utf8')).not.toContain('auths');
    expect(await logout(ctx, server.host)).toEqual(['docker-credential-test']);
    expect(existsSync(path.join(directory, 'erased'))).toBe(true);
  } finally {
    await server.stop();
  }
});
