/**
 * Public programs from `module@version` to a running container, on a machine without Go: what `go install` does for people who
 * have everything, for those who have nothing.
 */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { answers } from '../components/daemon.ts';
import { freePort } from '../components/free-port.ts';
import { goCommand, hasGo } from '../components/go.ts';
import { describeWith, findProgram } from '../components/program.ts';
import { canRunImages, runImage } from '../components/runc.ts';
import type { RunningImage } from '../components/runc.ts';
import { coracleOk } from '../e2e/coracle.ts';
import { sharedTempDir } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';

const { directory: root, remove } = sharedTempDir();
const bin = path.join(root, 'bin');
afterAll(remove);

/** Where modules and toolchains come from, as this machine's Go has it; without one, Go's own download page. */
const sources: Record<string, string> = {};

/** A PATH without Go. */
beforeAll(async () => {
  if (hasGo() === undefined) {
    for (const name of ['GOPROXY', 'GOSUMDB']) sources[name] = (await goCommand(['env', name])).trim();
  }
  mkdirSync(bin);
  for (const name of ['sh', 'find', 'readlink', 'flock', 'git']) {
    const program = findProgram(name);
    if (program !== undefined) symlinkSync(program, path.join(bin, name));
  }
});

async function run(
  program: string,
  options: { args: readonly string[]; env?: Readonly<Record<string, string>>; ready: () => Promise<boolean> },
): Promise<RunningImage> {
  const layout = path.join(root, program.replaceAll(/[^a-z0-9]+/g, '-'));
  const output = await coracleOk(
    ['build', program, '--json', '--tag', 'program:test', '--output', `type=oci,tar=false,dest=${layout}`],
    {
      cwd: root,
      env: {
        ...sources,
        CORACLE_HOME: path.join(root, 'home'),
        PATH: bin,
        GOROOT: undefined,
        GOPATH: undefined,
        GOMODCACHE: undefined,
        GOCACHE: undefined,
      },
    },
  );
  expect(output).toContain('"origin":"fetched"'.replaceAll('":"', output.includes('": "') ? '": "' : '":"'));
  const index = parseJson<{ manifests: { annotations?: Record<string, string> }[] }>(
    readFileSync(path.join(layout, 'index.json'), 'utf8'),
  );
  const tag = index.manifests[0]?.annotations?.['org.opencontainers.image.ref.name'] ?? '';
  const running = await runImage(layout, tag, options);
  onTestFinished(async () => void (await running.stop('KILL').catch(() => undefined)));
  return running;
}

describeWith([canRunImages], 'without a host Go', () => {
  it('Caddy serves', async () => {
    const port = await freePort();
    const running = await run('github.com/caddyserver/caddy/v2/cmd/caddy@v2.10.2', {
      args: ['respond', '--listen', `127.0.0.1:${port}`, 'hello from caddy'],
      env: { HOME: '/tmp', XDG_CONFIG_HOME: '/tmp', XDG_DATA_HOME: '/tmp' },
      ready: async () => answers(`http://127.0.0.1:${port}/`, 200),
    });
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello from caddy');
    expect(await running.stop('TERM')).toBe(0);
  });

  it("frp's server listens", async () => {
    const [port, dashboard] = [await freePort(), await freePort()];
    const running = await run('github.com/fatedier/frp/cmd/frps@v0.64.0', {
      args: [
        '--bind_addr',
        '127.0.0.1',
        '--bind_port',
        String(port),
        '--dashboard_addr',
        '127.0.0.1',
        '--dashboard_port',
        String(dashboard),
      ],
      ready: async () => answers(`http://127.0.0.1:${dashboard}/healthz`, 200),
    });
    expect(running.logs()).toContain('frps started successfully');
  });

  it('etcd, whose go.mod replaces modules by folders, keeps a value', async () => {
    const [client, peer] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${client}`;
    await run('go.etcd.io/etcd/server/v3@v3.6.5', {
      args: [
        '--data-dir',
        '/tmp/etcd',
        '--listen-client-urls',
        url,
        '--advertise-client-urls',
        url,
        '--listen-peer-urls',
        `http://127.0.0.1:${peer}`,
        '--initial-advertise-peer-urls',
        `http://127.0.0.1:${peer}`,
        '--initial-cluster',
        `default=http://127.0.0.1:${peer}`,
      ],
      ready: async () => answers(`${url}/readyz`, 200),
    });
    const post = async (verb: string, body: object): Promise<unknown> =>
      (await fetch(`${url}/v3/kv/${verb}`, { method: 'POST', body: JSON.stringify(body) })).json();
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    await post('put', { key: base64('boat'), value: base64('coracle') });
    expect(await post('range', { key: base64('boat') })).toMatchObject({
      kvs: [{ value: base64('coracle') }],
    });
  });
});
