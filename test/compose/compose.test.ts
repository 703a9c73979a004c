import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { importComposeFile } from '../../src/compose/files.ts';
import { exportCompose } from '../../src/compose/export/export.ts';
import { interpolate } from '../../src/compose/import/interpolate.ts';
import type { Imported } from '../../src/compose/types.ts';
import { loadEnvironment } from '../../src/config/environment.ts';
import { isToolError } from '../../src/core/errors.ts';
import { deploySettings } from '../../src/deploy/settings.ts';
import type { DeploySettings } from '../../src/deploy/types.ts';
import { exportedYaml, importedYaml } from '../../src/render/config/compose.ts';
import { tempDir, testCtx } from '../support/ctx.ts';

const digest = `sha256:${'0'.repeat(63)}1`;

/** A directory with these files. */
function holding(files: Readonly<Record<string, string>>): string {
  const cwd = tempDir();
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(cwd, name), text);
  return cwd;
}

async function imported(
  text: string,
  more: Record<string, string> = {},
  service?: string,
): Promise<Imported> {
  return importComposeFile(testCtx({ cwd: holding({ 'compose.yaml': text, ...more }) }), undefined, service);
}

/** What a coracle.yaml comes to, with hosts; a port is said on the way back, whoever said it first. */
async function settingsOf(text: string): Promise<DeploySettings> {
  const cwd = holding({ 'coracle.yaml': text.replace('hosts: []', 'hosts: [web1]') });
  const settings = deploySettings(await loadEnvironment(testCtx({ cwd }), '.'));
  const { portAssumed: _, ...container } = settings.container;
  return { ...settings, container };
}

async function exported(text: string): Promise<string> {
  const cwd = holding({ 'coracle.yaml': text });
  const loaded = await loadEnvironment(testCtx({ cwd }), '.');
  return exportedYaml(exportCompose(loaded, deploySettings(loaded)));
}

const shop = `
version: "3.8"
x-env: &env
  LOG_LEVEL: \${LOG_LEVEL:-info}
  REDIS_URL: redis://redis:6379/0
services:
  web:
    build: {context: ., dockerfile: docker/Dockerfile, target: app, args: [VERSION=1.2, COMMIT], cache_from: [x]}
    image: registry.example.com/team/shop:\${TAG:-latest}
    environment:
      <<: *env
      DATABASE_URL: postgres://app:\${DB_PASSWORD}@db:5432/app
      SESSION_SECRET: \${SESSION_SECRET:?must be set}
      MAIL_PASSWORD_FILE: /run/secrets/mail
      PRICE: "$$5"
      WORKERS: 4
    env_file: [.env, missing.env]
    ports: ["8080:3000", "127.0.0.1:9090:9090", "5353/udp"]
    volumes:
      - uploads:/srv/uploads
      - ./static:/srv/static:ro
      - /srv/cache
      - {type: tmpfs, target: /run}
    secrets: [mail]
    healthcheck: {test: [CMD, curl, -f, "http://localhost:3000/healthz"], interval: 10s, timeout: 3s, retries: 5, start_period: 20s}
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
    deploy: {replicas: 2, resources: {limits: {cpus: "1.50", memory: 512M}}}
    logging: {driver: json-file, options: {max-size: "20m", max-file: "5"}}
    labels: [traefik.enable=true, "traefik.http.routers.web.rule=Host(\`shop.example.com\`) || Host(\`www.shop.example.com\`)"]
    stop_grace_period: 1m
    networks: [front]
  migrate:
    build: {context: ., dockerfile: docker/Dockerfile, target: app, args: [VERSION=1.2, COMMIT], cache_from: [x]}
    image: registry.example.com/team/shop:\${TAG:-latest}
    command: [/app/shop, migrate]
  worker:
    image: registry.example.com/team/shop:\${TAG:-latest}
    build: {context: ., dockerfile: docker/Dockerfile, target: app, args: [VERSION=1.2, COMMIT], cache_from: [x]}
    command: [/app/shop, worker]
    privileged: true
  db:
    image: postgres:16
    environment: [POSTGRES_USER=app, POSTGRES_PASSWORD]
    volumes: ["db:/var/lib/postgresql/data"]
    healthcheck: {test: pg_isready}
    shm_size: 1g
  redis:
    image: redis:8@${digest}
    command: redis-server --appendonly yes
    mem_limit: 256m
  traefik: {image: "traefik:v3", ports: ["80:80"], privileged: true}
volumes: {uploads: {}, db: {external: true}}
networks: {front: {}}
secrets: {mail: {file: ./mail.txt}}
`;
const dotEnv = 'DB_PASSWORD=hunter2\nexport FEATURE="a b" # x\nAPI_TOKEN=hunter3\n';

describe('compose import', () => {
  test('takes what it can of a whole application', async () => {
    const { config, service, pins } = await imported(shop, { '.env': dotEnv });
    expect(service).toBe('web');
    expect(config).toEqual({
      name: 'web',
      image: 'registry.example.com/team/shop:latest',
      dockerfile: { file: 'docker/Dockerfile', target: 'app', args: { VERSION: '1.2' } },
      deploy: {
        hosts: [],
        proxy: { domains: ['shop.example.com', 'www.shop.example.com'], httpPort: 8080 },
        port: 3000,
        health: { path: '/healthz', interval: '10s', startPeriod: '20s', deadline: '70s' },
        ports: ['9090', '0.0.0.0:5353:5353/udp'],
        resources: { cpus: '1.50', memory: '512MiB' },
        env: {
          LOG_LEVEL: 'info',
          REDIS_URL: 'redis://redis:6379/0',
          PRICE: '$5',
          WORKERS: '4',
          FEATURE: 'a b',
        },
        secrets: {
          DATABASE_URL: { env: 'DATABASE_URL' },
          SESSION_SECRET: { env: 'SESSION_SECRET' },
          DB_PASSWORD: { env: 'DB_PASSWORD' },
          API_TOKEN: { env: 'API_TOKEN' },
          MAIL_PASSWORD: { file: './mail.txt' },
        },
        volumes: ['uploads:/srv/uploads', 'web-srv-cache:/srv/cache'],
        readOnly: false,
        tmpfs: ['/run'],
        capabilities: { drop: [] },
        noNewPrivileges: false,
        logging: { size: '20MiB', files: 5 },
        stopGrace: '1m',
        jobs: { before: [{ name: 'migrate', command: ['/app/shop', 'migrate'] }] },
        accessories: {
          db: {
            image: 'postgres:16',
            env: { POSTGRES_USER: 'app' },
            secrets: { POSTGRES_PASSWORD: { env: 'POSTGRES_PASSWORD' } },
            volumes: ['db:/var/lib/postgresql/data'],
          },
          redis: { image: `redis:8@${digest}`, command: 'redis-server --appendonly yes', memory: '256MiB' },
        },
      },
    });
    expect(pins).toEqual([{ accessory: 'db', image: 'postgres:16', line: 44 }]);
  });

  test('says by line what does not translate, each thing once, and no value of a secret', async () => {
    const { notes } = await imported(shop, { '.env': dotEnv });
    const left = notes
      .filter(({ kind }) => kind === 'left out')
      .map(({ key, line }) => `${key}:${line ?? ''}`);
    expect(left).toEqual([
      'services.web.build.cache_from:8',
      'services.web.volumes:21',
      'services.web.healthcheck.timeout:25',
      'services.web.deploy.replicas:29',
      'services.web.labels:31',
      'services.web.networks:33',
      'services.worker:39',
      'services.db.healthcheck:47',
      'services.db.shm_size:48',
      'services.traefik:53',
      'networks:55',
    ]);
    const todo = notes.filter(({ kind }) => kind === 'to do').map(({ key }) => key);
    expect(todo).toContain('services.web.env_file');
    expect(todo).toContain('services.redis');
    expect(JSON.stringify(notes)).not.toContain('hunter');
  });

  test('gives a coracle.yaml that is taken, once hosts are named and images pinned', async () => {
    const text = importedYaml(await imported(shop, { '.env': dotEnv })).replace(
      'postgres:16',
      `postgres:16@${digest}`,
    );
    const settings = await settingsOf(text);
    expect(settings.container).toMatchObject({
      port: 3000,
      memory: 536_870_912,
      grace: 60_000,
      readOnly: false,
    });
    expect(settings.accessories.map(({ name }) => name)).toEqual(['db', 'redis']);
  });

  test('understands the long forms, and version 2', async () => {
    const { config, notes } = await imported(
      `
version: "2.4"
services:
  api:
    build: .
    ports: [{target: 80, published: 8080, protocol: tcp}, {target: 53, published: "53", protocol: udp, host_ip: 127.0.0.1}]
    volumes: [{type: volume, source: data, target: /data, read_only: true}, {type: bind, source: /etc/ssl, target: /certs}]
    env_file: {path: a.env}
    mem_limit: 1g
    pids_limit: 50
    restart: on-failure:3
    read_only: true
    tmpfs: /tmp
    cap_drop: [ALL]
    cap_add: [CAP_NET_BIND_SERVICE]
    security_opt: ["no-new-privileges:true", "seccomp:unconfined"]
    user: 1000:1000
    command: serve --all
    stop_signal: SIGQUIT
    stop_grace_period: 45
    network_mode: bridge
`,
      { 'a.env': "A='x y'\n# c\nB=\n" },
    );
    expect(config['deploy']).toEqual({
      hosts: [],
      proxy: { httpPort: 8080 },
      port: 80,
      ports: ['53/udp'],
      resources: { memory: '1GiB', pids: 50 },
      env: { A: 'x y', B: '' },
      volumes: ['data:/data:ro', '/etc/ssl:/certs'],
      capabilities: { add: ['NET_BIND_SERVICE'] },
      restart: 'on-failure',
      user: '1000:1000',
      command: 'serve --all',
      stopSignal: 'SIGQUIT',
      stopGrace: '45s',
    });
    expect(notes.map(({ why }) => why)).toContain('the security option seccomp:unconfined');
  });

  test('a service without a port is asked for none', async () => {
    const { config } = await imported('services: {worker: {build: .}}');
    expect(config).toMatchObject({ deploy: { proxy: 'none', health: 'none' } });
  });

  test.each([
    ['services: []', 'has no services', 'COMPOSE_INVALID'],
    ['a: [', 'is no YAML', 'COMPOSE_INVALID'],
    ['services: {web: 1}', 'services.web must be a map', 'COMPOSE_INVALID'],
    ['services: {web: {image: [a]}}', 'services.web.image must be text', 'COMPOSE_INVALID'],
    ['services: {a: {image: a}, b: {image: b}}', 'which service is yours? There are a, b', 'USAGE'],
    [
      'services: {a: {build: a, ports: [1]}, b: {build: b, ports: [2]}}',
      'which service is yours? There are a, b',
      'USAGE',
    ],
  ])('%s is refused', async (text, words, code) => {
    const error: unknown = await imported(text).catch((thrown: unknown) => thrown);
    expect(isToolError(error) && [error.code, error.message.includes(words)]).toEqual([code, true]);
  });

  test('the service can be chosen, and a slip is told', async () => {
    const two = 'services: {a: {build: a}, b: {build: b}}';
    expect((await imported(two, {}, 'b')).service).toBe('b');
    await expect(imported(two, {}, 'bb')).rejects.toMatchObject({ hint: 'Did you mean b? It has a, b.' });
  });
});

test.each([
  ['$A ${A} ${B:-x} ${B-x} ${E:-y} ${E-y} $$A', 'a a x x y  $A', []],
  ['${B}', '', ['B']],
  ['${A:+set} ${B:+set} ${B:-${A}z}', 'set  az', []],
  ['a$ {b} $1', 'a$ {b} $1', []],
])('variables of %j are filled in', (text, result, unset) => {
  const values: Record<string, string> = { A: 'a', E: '' };
  expect(interpolate(text, (name) => values[name])).toMatchObject({ text: result, unset });
});

const whole = `
name: api
image: registry.example.com/api
deploy:
  hosts: [web1, {name: web2, roles: [jobs]}]
  proxy: {domains: [a.example.com], tls: {email: a@example.com}}
  port: 9000
  health: {path: /ready, interval: 2s}
  ports: [9100, "0.0.0.0:5353:53/udp"]
  resources: {cpus: 1.5, memory: 512MiB}
  env: {MONEY: "$5 \${X}", ON: "yes", LINES: "a\\nb", EMPTY: ""}
  secrets: {TOKEN: {env: API_TOKEN}, KEY: {file: /k.pem}}
  volumes: ["data:/data", "/etc/ssl:/certs:ro"]
  tmpfs: []
  capabilities: {add: [NET_BIND_SERVICE]}
  logging: {size: 5MB, files: 2}
  user: 1000
  command: [serve, "--price=$1", "on"]
  stopSignal: SIGQUIT
  stopGrace: 1m30s
  jobs: {before: [{name: migrate, command: [/api, migrate]}, {name: seed, command: x, on: jobs}], after: [{name: warm, command: y}]}
  accessories: {redis: {image: "redis:8@${digest}", ports: [6379], secrets: [PASS], volumes: ["r:/data"], memory: 256MB}}
  strategy: canary
  keep: {releases: 3}
`;

describe('compose export', () => {
  test.each([
    ['everything', whole],
    ['the least', 'name: api\ndeploy: {hosts: [web1]}\n'],
    [
      'a worker',
      'name: w\ndeploy: {hosts: [a], proxy: none, health: none, ports: [9100], network: bridge}\n',
    ],
    [
      'no proxy',
      'name: w\nports: [7000]\ndeploy: {hosts: [a], proxy: none, readOnly: false, noNewPrivileges: false, capabilities: {drop: []}}\n',
    ],
    ['the network of the host', 'name: h\ndeploy: {hosts: [a], network: host, restart: "no"}\n'],
  ])('of %s can be imported again, and says the same', async (_what, text) => {
    const compose = await exported(text);
    const { config, notes } = await imported(compose);
    expect(await settingsOf(importedYaml({ file: '', service: '', config, notes, pins: [] }))).toEqual(
      await settingsOf(text),
    );
  });

  const there = spawnSync('docker-compose', ['version']).status === 0;
  test.skipIf(!there)('is taken by Docker Compose, which sees what was meant', async () => {
    const cwd = holding({ 'compose.yaml': await exported(whole) });
    const env = { PATH: process.env['PATH'], HOME: cwd, API_TOKEN: 't', KEY: 'k', PASS: 'p' };
    const shown = spawnSync('docker-compose', ['-f', 'compose.yaml', 'config'], {
      cwd,
      env,
      encoding: 'utf8',
    });
    expect(shown.stderr).toBe('');
    // Compose doubles dollars in what it prints.
    expect(shown.stdout).toContain('MONEY: $$5 $${X}');
    expect(shown.stdout).toMatch(/["']ON["']: ["']yes["']/);
    expect(shown.stdout).toContain('TOKEN: t');
    expect(shown.stdout).toMatch(/published: 5353\n +target: 53/);
  });
});
