import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml, stringify } from 'yaml';
import { loadEnvironment, type LoadedEnvironment } from '../../src/config/environment.ts';
import { isToolError } from '../../src/core/errors.ts';
import { explainSettings } from '../../src/deploy/settings/explain.ts';
import { settingsForImage } from '../../src/deploy/settings/image.ts';
import { runtimeEnv } from '../../src/deploy/settings/runtime-env.ts';
import { deploySettings } from '../../src/deploy/settings.ts';
import type { DeploySettings } from '../../src/deploy/types.ts';
import { renderExplained, renderFinal } from '../../src/render/config/config.ts';
import { renderError } from '../../src/render/error.ts';
import { styleFor } from '../../src/render/style.ts';
import { tempDir, testCtx } from '../support/ctx.ts';

async function load(text: string, environment?: string): Promise<LoadedEnvironment> {
  const cwd = path.join(tempDir());
  writeFileSync(path.join(cwd, 'coracle.yaml'), text);
  return loadEnvironment(testCtx({ cwd }), '.', environment === undefined ? {} : { environment });
}

async function settings(text: string, environment?: string): Promise<DeploySettings> {
  return deploySettings(await load(text, environment));
}

async function problem(text: string, environment?: string): Promise<string> {
  try {
    await settings(text, environment);
  } catch (error) {
    if (isToolError(error, 'CONFIG_INVALID', 'USAGE')) return renderError(error, styleFor(false));
    throw error;
  }
  throw new Error(`${text} was taken`);
}

const least = 'name: api\ndeploy: {hosts: [web1, web2], proxy: {domains: [X.example.com]}}\n';
const digest = `sha256:${'0'.repeat(63)}1`;

describe('deploy', () => {
  test('needs hosts and a domain, and no more', async () => {
    expect(await settings(least)).toEqual({
      service: 'api',
      environment: undefined,
      hosts: ['web1', 'web2'].map((name) => ({ name, address: name, labels: {}, roles: [] })),
      proxy: {
        service: {
          domains: ['x.example.com'],
          paths: ['/'],
          tls: { mode: 'off' },
          retry: ['GET', 'HEAD', 'OPTIONS'],
          timeout: 60_000,
        },
        httpPort: 80,
        httpsPort: 443,
        metricsPort: 9101,
        tls: { mode: 'off' },
      },
      container: {
        port: 8080,
        portAssumed: true,
        portVariable: 'PORT',
        network: 'bridge',
        ports: [],
        env: {},
        secrets: [],
        volumes: [],
        pids: 4096,
        readOnly: true,
        tmpfs: ['/tmp'],
        dropCapabilities: ['ALL'],
        addCapabilities: [],
        noNewPrivileges: true,
        log: { size: 10_000_000, files: 3 },
        restart: 'unless-stopped',
        grace: 10_000,
      },
      health: {
        path: '/',
        port: 8080,
        status: '200-499',
        interval: 1000,
        deadline: 30_000,
        startPeriod: 0,
        settle: 2000,
      },
      strategy: { type: 'all' },
      judge: {
        window: 30_000,
        sample: 50,
        errorRate: 0.01,
        errorRatio: 2,
        quantile: 0.95,
        latencyRatio: 2,
        latencyFloor: 50,
        prometheus: [],
        noData: 'pass',
      },
      confirm: 60_000,
      drain: 30_000,
      keep: { releases: 5 },
      jobs: { before: [], after: [] },
      accessories: [],
      images: 'auto',
      parallel: 10,
    });
  });

  test('can say all that there is to say', async () => {
    const all = await settings(`
image: registry.example.com/team/Shop_api:1
ports: [53/udp, 9000/tcp]
deploy:
  ssh: {user: deploy, jump: bastion}
  hosts:
    - ana@10.0.0.5:2222
    - '[fd00::5]:22'
    - {name: jobs1, address: jobs.internal, user: root, labels: {rack: 3}, roles: [jobs]}
  proxy: {domains: ['*.example.com'], paths: [/api], tls: {certificate: tls/chain.pem, key: /k.pem}, image: haproxy, httpPort: 8000, httpsPort: 8443, metricsPort: 9000, retry: [GET, POST], timeout: 90s}
  health: {path: /healthz, port: 9001, status: 204, interval: 500ms, deadline: 1m, startPeriod: 10s, settle: 5s}
  network: bridge
  ports: [9100, 9201:9200/udp, 0.0.0.0:7000:7001, {container: 5, public: true}]
  resources: {cpus: 1.5, memory: 1.5GiB, pids: 100}
  env: {A: 1, 'B.c': x}
  secrets: {TOKEN: {command: pass show "my token"}, KEY: {file: key.txt}, URL: {env: DATABASE_URL}}
  volumes: [data:/data, /etc/ssl:/certs:ro, {source: x, target: /x, readOnly: true}]
  readOnly: false
  capabilities: {drop: [cap_net_raw], add: [NET_BIND_SERVICE]}
  noNewPrivileges: false
  logging: {size: 5MB, files: 7}
  restart: always
  user: 1000
  command: serve --port 9000
  stopSignal: SIGQUIT
  stopGrace: 1m30s
  jobs: {before: [{name: migrate, command: [/app/api, migrate], on: jobs, timeout: 5m}], after: [{name: warm, command: curl x, image: 'tools@${digest}'}]}
  accessories: {redis: {image: 'redis:8@${digest}', on: jobs1, ports: [6379], env: {A: b}, secrets: [PASS], volumes: [redis:/data], command: redis-server, memory: 256MB, cpus: 0.5}}
  strategy: {steps: [5%, 25, 100%], pause: 1m}
  judge: {window: 2m, sample: 10, errorRate: 0.5%, errorRatio: 3, quantile: 0.99, latencyRatio: 1.5, latencyFloor: 10ms, prometheus: [{name: lag, url: http://p:9090, query: 'lag{r="{{release}}"}', max: 3}], noData: pass}
  confirm: 5m
  drain: 2m
  keep: {releases: 3, age: 30d, space: 5GB}
  images: ssh
  parallel: 2
`);
    expect(all.service).toBe('shop-api');
    expect(all.hosts).toEqual([
      {
        name: '10.0.0.5',
        address: '10.0.0.5',
        user: 'ana',
        port: 2222,
        jump: 'bastion',
        labels: {},
        roles: [],
      },
      {
        name: 'fd00--5',
        address: 'fd00::5',
        user: 'deploy',
        port: 22,
        jump: 'bastion',
        labels: {},
        roles: [],
      },
      {
        name: 'jobs1',
        address: 'jobs.internal',
        user: 'root',
        jump: 'bastion',
        labels: { rack: '3' },
        roles: ['jobs'],
      },
    ]);
    expect(all.proxy).toMatchObject({
      httpPort: 8000,
      image: 'haproxy',
      service: { retry: ['GET', 'POST'], timeout: 90_000 },
    });
    expect(all.proxy?.tls).toMatchObject({ mode: 'files', key: '/k.pem' });
    expect(all.container).toMatchObject({
      port: 9000,
      ports: [
        { host: 9100, container: 9100, protocol: 'tcp', public: false },
        { host: 9201, container: 9200, protocol: 'udp', public: false },
        { host: 7000, container: 7001, protocol: 'tcp', public: true },
        { host: 5, container: 5, protocol: 'tcp', public: true },
      ],
      cpus: 1.5,
      memory: 1_610_612_736,
      pids: 100,
      env: { A: '1', 'B.c': 'x' },
      readOnly: false,
      dropCapabilities: ['NET_RAW'],
      addCapabilities: ['NET_BIND_SERVICE'],
      log: { size: 5_000_000, files: 7 },
      user: '1000',
      command: ['serve', '--port', '9000'],
      grace: 90_000,
    });
    expect(
      all.container.secrets.map(({ name, from }): unknown[] => [name, ...Object.values<unknown>(from)]),
    ).toEqual([
      ['TOKEN', ['pass', 'show', 'my token']],
      ['KEY', expect.stringMatching(/^\/.*\/key\.txt$/)],
      ['URL', 'DATABASE_URL'],
    ]);
    expect(all.container.volumes[2]).toEqual({ source: 'x', target: '/x', readOnly: true });
    expect(all.health).toMatchObject({ path: '/healthz', port: 9001, status: '204', interval: 500 });
    expect(all.strategy).toEqual({ type: 'canary', steps: [5, 25, 100], pause: 60_000 });
    expect(all.judge).toMatchObject({ errorRate: 0.005, quantile: 0.99, noData: 'pass' });
    expect(all.keep).toEqual({ releases: 3, age: 30 * 86_400_000, bytes: 5_000_000_000 });
    expect(all.jobs.before).toEqual([
      { name: 'migrate', command: ['/app/api', 'migrate'], on: 'jobs', timeout: 300_000 },
    ]);
    expect(all.accessories[0]).toMatchObject({
      name: 'redis',
      memory: 256_000_000,
      command: ['redis-server'],
    });
  });

  test.each([
    ['name: api', 'does not say where to deploy to'],
    ['deploy: {proxy: none}', 'deploy.hosts: there is no host'],
    ['deploy: {hosts: [a, b@a]}', 'two hosts are called "a"', '1:21'],
    ['deploy: {hosts: [-oProxyCommand=x]}', '"-oProxyCommand=x" is no host'],
    ['deploy: {hosts: ["a b"]}', '"a b" is no host'],
    ['deploy: {hosts: ["a:0"]}', '"a:0" is no host'],
    ['deploy: {hosts: [{name: a, address: -x}]}', 'address does not take "-x"'],
    ['deploy: {hosts: [{name: a, jump: -x}]}', 'jump does not take "-x"'],
    ['deploy: {hosts: [a], proxxy: {}}', 'deploy has no key "proxxy"', 'Did you mean proxy?'],
    ['deploy: {hosts: [a], proxy: {domains: ["a b"]}}', 'does not take "a b"'],
    ['deploy: {hosts: [a], proxy: {tls: {certificate: c}}}', 'it has a certificate alone'],
    ['deploy: {hosts: [a], proxy: {tls: {certificate: c, key: k, email: a@b.c}}}', 'not both'],
    ['deploy: {hosts: [a], proxy: {tls: {email: a@b.c}}}', 'a certificate needs domains'],
    ['deploy: {hosts: [a], proxy: {domains: ["*.b.c"], tls: {email: a@b.c}}}', 'a certificate for *.'],
    ['deploy: {hosts: [a], proxy: {httpPort: 443}}', 'must differ'],
    [
      'deploy: {hosts: [a], ports: ["80"]}',
      'port 80 of the host is already that of proxy.httpPort',
      'Choose another: 81:80',
    ],
    ['deploy: {hosts: [a], ports: [9, "9:8"]}', 'already that of ports[0]'],
    [
      `deploy: {hosts: [a], ports: [6379], accessories: {redis: {image: 'r@${digest}', ports: [6379]}}}`,
      'already that of ports[0]',
    ],
    ['deploy: {hosts: [a], network: host, ports: [9]}', 'with network: host nothing is published'],
    ['deploy: {hosts: [a], ports: ["8080:80:90"]}', 'is no port'],
    ['deploy: {hosts: [a], ports: ["70000:80"]}', 'is no port'],
    ['deploy: {hosts: [a], resources: {memory: 512}}', '512 is too little'],
    ['deploy: {hosts: [a], resources: {memory: much}}', '"much" is not a size'],
    ['deploy: {hosts: [a], resources: {cpus: two}}', 'no number of processors'],
    ['deploy: {hosts: [a], env: {"a=b": c}}', 'is no name of a variable'],
    ['deploy: {hosts: [a], env: {A: 1}, secrets: [A]}', 'A is given twice'],
    ['deploy: {hosts: [a], secrets: {A: {}}}', 'does not say where its value is'],
    ['deploy: {hosts: [a], secrets: {A: {env: A, file: b}}}', 'it says twice where its value is'],
    ['deploy: {hosts: [a], secrets: {A: {command: ""}}}', 'there is no command'],
    ['deploy: {hosts: [a], secrets: {1A: {env: A}}}', 'does not take the name "1A"'],
    ['deploy: {hosts: [a], volumes: ["./x:/y"]}', 'A path on a host is absolute'],
    ['deploy: {hosts: [a], volumes: ["/x/../y:/y"]}', 'neither a volume'],
    ['deploy: {hosts: [a], volumes: ["x:y"]}', 'is no directory to mount'],
    ['deploy: {hosts: [a], volumes: ["x:/"]}', 'is no directory to mount'],
    ['deploy: {hosts: [a], volumes: [{source: x, target: "/a,readonly=false"}]}', 'is no directory to mount'],
    ['deploy: {hosts: [a], volumes: ["x:/y", "z:/y"]}', 'two volumes are mounted at /y'],
    ['deploy: {hosts: [a], tmpfs: [tmp]}', 'is no absolute path'],
    ['deploy: {hosts: [a], capabilities: {add: [net-raw]}}', 'is no capability'],
    ['deploy: {hosts: [a], user: "-x"}', 'is no user'],
    ['deploy: {hosts: [a], health: {status: 99}}', '"99" is no status'],
    ['deploy: {hosts: [a], health: {status: 300-200}}', 'is no status'],
    ['deploy: {hosts: [a], health: {interval: 1ms}}', 'less than 100ms'],
    ['deploy: {hosts: [a], health: {deadline: 10s, startPeriod: 20s}}', 'over before startPeriod'],
    ['deploy: {hosts: [a], health: {deadline: soon}}', 'health.deadline does not take "soon"', '30s'],
    ['deploy: {hosts: [a], strategy: canery}', 'Did you mean canary?'],
    [
      'deploy: {hosts: [a], strategy: {type: rolling, steps: [5%, 100%]}}',
      'a strategy of rolling has no steps',
    ],
    ['deploy: {hosts: [a], strategy: {steps: [25%, 5%, 100%]}}', 'steps must rise', '1:46'],
    ['deploy: {hosts: [a], strategy: {steps: [5%, 50%]}}', 'the last step must be 100%'],
    ['deploy: {hosts: [a], strategy: {steps: [5%, 200%]}}', '"200%" is no share'],
    ['deploy: {hosts: [a], strategy: {batch: half}}', 'is no number of hosts'],
    ['deploy: {hosts: [a], judge: {errorRate: lots}}', 'is no share'],
    ['deploy: {hosts: [a], judge: {quantile: 100%}}', 'between 0% and 100%'],
    ['deploy: {hosts: [a], judge: {prometheus: [{name: a, url: http://p, query: up}]}}', 'it has no limit'],
    [
      'deploy: {hosts: [a], jobs: {before: [{name: m, command: x, on: jobz}]}}',
      'no host is called "jobz"',
      'Hosts are a; none has a role',
    ],
    [
      'deploy: {hosts: [a], jobs: {before: [{name: m, command: x}], after: [{name: m, command: y}]}}',
      'two jobs are called m',
    ],
    [
      'deploy: {hosts: [a], accessories: {redis: {image: redis:8}}}',
      'has no digest',
      'coracle inspect --json redis:8',
    ],
    [
      `deploy: {hosts: [a], accessories: {Redis: {image: 'redis@${digest}'}}}`,
      'does not take the name "Redis"',
    ],
    ['deploy: {hosts: [a], confirm: 2s}', 'less than 10s'],
    ['deploy: {hosts: [a], keep: {releases: 1}}', 'keep.releases is from 2'],
  ])('%s is wrong', async (text, ...words) => {
    const shown = await problem(text.startsWith('name') ? text : `name: api\n${text}`);
    for (const word of words) expect(shown).toContain(word.replace(/^1:/, '2:'));
  });

  test('a name that hosts would not take is told', async () => {
    expect(
      await problem(`name: ${'a'.repeat(35)}\ndeploy: {hosts: [a]}\nenvironments: {production: {}}`),
    ).toContain('longer than 40');
    expect(await problem('image: x.example.com/123\ndeploy: {hosts: [a]}')).toContain(
      'the service has no name',
    );
  });

  test('of several environments one must be named', async () => {
    const text = `${least}environments: {staging: {}, production: {}}\n`;
    expect(await problem(text)).toContain('which environment? There are staging, production');
    expect((await settings(text, 'staging')).service).toBe('api-staging');
    expect((await settings(`${least}environments: {only: {}}\n`)).service).toBe('api-only');
  });

  test('a worker has no port to ask, and needs no proxy', async () => {
    const worker = await settings('name: w\ndeploy: {hosts: [a], proxy: none, health: none}');
    expect([worker.proxy, worker.health.path]).toEqual([undefined, undefined]);
  });

  test('rolling takes a share of the hosts, one at least', async () => {
    const batch = async (text: string): Promise<unknown> =>
      (await settings(`name: a\ndeploy: {hosts: [a, b, c, d, e], strategy: {batch: ${text}}}`)).strategy;
    expect(await batch('50%')).toMatchObject({ batch: 2 });
    expect(await batch('1%')).toMatchObject({ batch: 1 });
    expect(await batch('3')).toMatchObject({ type: 'rolling', batch: 3 });
  });

  test('the port of the image counts when the file names none', async () => {
    const unsaid = await settings(least);
    const said = await settings(`ports: [9000]\n${least}`);
    const port = (one: DeploySettings, ...exposed: string[]): number[] => {
      const { container, health } = settingsForImage(one, { exposed });
      return [container.port, health.port];
    };
    expect(port(unsaid, '3000/tcp', '53/udp')).toEqual([3000, 3000]);
    expect(port(unsaid, '3000/tcp', '4000/tcp')).toEqual([8080, 8080]);
    expect(port(said, '3000/tcp')).toEqual([9000, 9000]);
  });

  test('the Go of the image is told its limits, after what the file and the image say', async () => {
    const limited = await settings(
      'name: a\ndeploy: {hosts: [a], resources: {memory: 1GiB, cpus: 4}, env: {A: b}}',
    );
    const env = (variables: string[], goVersion?: string): unknown =>
      settingsForImage(limited, { variables, ...(goVersion !== undefined && { goVersion }) }).container.env;
    expect(env(['PATH'], '1.24.1')).toEqual({ GOMEMLIMIT: '921MiB', GOMAXPROCS: '4', A: 'b' });
    expect(env(['GOMEMLIMIT'])).toEqual({ A: 'b' });
  });
});

test('Go is told its limits, unless it is told already', () => {
  const container = { env: {}, secrets: [], memory: 512 * 1024 * 1024, cpus: 1.5 };
  expect(runtimeEnv(container, '1.24.3')).toEqual({ GOMEMLIMIT: '460MiB', GOMAXPROCS: '2' });
  expect(runtimeEnv({ ...container, cpus: 3.2 }, '1.22')).toMatchObject({ GOMAXPROCS: '4' });
  expect(runtimeEnv(container, '1.25.0')).toEqual({ GOMEMLIMIT: '460MiB' });
  expect(runtimeEnv(container, undefined)).toEqual({ GOMEMLIMIT: '460MiB' });
  expect(runtimeEnv({ ...container, env: { GOMEMLIMIT: 'off' } }, '1.26')).toEqual({});
  expect(runtimeEnv(container, '1.20', ['GOMAXPROCS'])).toEqual({ GOMEMLIMIT: '460MiB' });
  expect(runtimeEnv({ env: {}, secrets: [] }, '1.20')).toEqual({});
});

describe('coracle config', () => {
  const text = `image: registry.example.com/shop:1
ports: [9000]
addCa: [ca.pem]
deploy:
  hosts: [web1]
  secrets: [DATABASE_URL]
  resources: {memory: 512MiB, cpus: 2}
environments:
  production:
    deploy:
      strategy: canary
      env: {MODE: live}
      judge: {sample: 5}
`;

  test('gives a file that says the same', async () => {
    const loaded = await load(text, 'production');
    const explained = explainSettings(loaded, '1.24');
    const again = await load(renderFinal(explained));
    const { service, environment, ...rest } = deploySettings(again);
    const { service: _, environment: __, ...before } = deploySettings(loaded);
    // The variables that Go is told are written out.
    expect(rest).toEqual({
      ...before,
      container: { ...before.container, env: { MODE: 'live', GOMEMLIMIT: '460MiB', GOMAXPROCS: '2' } },
    });
    expect([service, environment]).toEqual(['shop', undefined]);
    expect(parseYaml(renderFinal(explained))).toMatchObject({ addCa: ['ca.pem'] });
  });

  test('says where each value comes from', async () => {
    const lines = renderExplained(explainSettings(await load(text, 'production'), '1.24'), styleFor(false))
      .split('\n')
      .map((line) => line.replaceAll(/ {2,}/g, ' | '));
    for (const line of [
      'name | shop | derived: the last word of image (coracle.yaml:1)',
      'image | registry.example.com/shop:1 | coracle.yaml:1',
      'deploy.hosts | [web1] | coracle.yaml:5',
      'deploy.secrets.DATABASE_URL.env | DATABASE_URL | coracle.yaml:6',
      'deploy.env.MODE | live | coracle.yaml:12 (production)',
      'deploy.env.GOMEMLIMIT | 460MiB | derived: 90 % of resources.memory (coracle.yaml:7)',
      'deploy.strategy.type | canary | coracle.yaml:11 (production)',
      'deploy.judge.sample | 5 | coracle.yaml:13 (production)',
      'deploy.judge.window | 30s | default',
      'deploy.judge.noData | fail | derived: strategy canary (coracle.yaml:11)',
      'deploy.port | 9000 | derived: the first of ports (coracle.yaml:2)',
      'On hosts it is called shop-production.',
    ])
      expect(lines).toContain(line);
  });

  test('needs no deploy', async () => {
    const explained = explainSettings(await load('image: a\nenv: {A: b}\n'));
    expect(renderFinal(explained)).toBe(
      `# coracle.yaml\n${stringify({ image: 'a', env: { A: 'b' } })}`.trimEnd(),
    );
  });
});
