import path from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAgent } from '../../src/deploy/host/agent.ts';
import { ensureProxy } from '../../src/deploy/proxy/ensure.ts';
import { connectHost } from '../../src/remote/connect.ts';
import type { Remote } from '../../src/remote/types.ts';
import { testCacheRoot } from '../components/cache.ts';
import { hasHosts, startHosts } from '../components/hosts.ts';
import type { HostSpec, TestHost, TestHosts } from '../components/hosts.ts';
import { hasPebble, startPebble } from '../components/pebble.ts';
import type { Pebble } from '../components/pebble.ts';
import { describeWith } from '../components/program.ts';
import { settingsOf } from '../deploy/proxy/settings.ts';
import { testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';

describeWith([hasHosts, hasPebble], 'certificates by ACME', () => {
  const specs: readonly HostSpec[] = [{ engine: 'docker', user: 'deployer' }];
  let fleet: TestHosts;
  let host: TestHost;
  let remote: Remote;
  let pebble: Pebble;
  let ctx: TestCtx;

  beforeAll(async () => {
    ctx = testCtx({ home: path.join(testCacheRoot, 'proxy-home') });
    fleet = await startHosts(specs);
    const [only] = fleet.hosts;
    if (!only) throw new Error('no host');
    host = only;
    pebble = await startPebble(fleet.gateway, host.address);
    const where = { name: 'h1', address: 'h1', labels: {}, roles: [] };
    remote = await connectHost(ctx, where, { configFile: fleet.configFile });
  });
  afterAll(async () => {
    await remote.close();
    await fleet.stop();
    await pebble.stop();
  });

  const ensure = async (domains: readonly string[]): Promise<void> => {
    const { directory, ca } = pebble;
    const tls = { mode: 'acme', email: 'ops@example.test', directory, ca } as const;
    const settings = settingsOf('shop', { domains }, { tls });
    await ensureProxy(ctx, { remote, agent: await openAgent(ctx, remote, 'shop') }, settings);
  };
  const names = async (name: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { host: host.address, port: 443, servername: name, rejectUnauthorized: false };
      const socket = connect(options, () => {
        resolve(socket.getPeerCertificate().subjectaltname ?? '');
        socket.destroy();
      });
      socket.on('error', reject);
    });
  const worker = async (): Promise<string> => (await host.exec(['pgrep', '-u', '65532', 'haproxy'])).stdout;

  test('one is had through the proxy, and served without a reload', async () => {
    await ensure(['shop.test']);
    expect(ctx.events.filter(({ kind }) => kind === 'warning')).toEqual([]);
    expect(await names('shop.test')).toBe('DNS:shop.test');
    const before = await worker();
    await ensure(['shop.test', 'www.shop.test']);
    expect(await names('www.shop.test')).toContain('DNS:www.shop.test');
    expect(await worker()).toBe(before);
  });

  test('it is kept over a restart of the proxy, and nothing that a user said is in a command line', async () => {
    await host.exec(['sh', '-c', 'docker restart coracle-proxy && sleep 1']);
    expect(await names('shop.test')).toContain('DNS:shop.test');
    const shown = await host.exec(['docker', 'ps', '--no-trunc', '--format', '{{.Command}}']);
    expect(shown.stdout).not.toMatch(/shop\.test|ops@/);
    const lines = await host.exec(['sh', '-c', 'ps -eo args']);
    expect(lines.stdout).not.toMatch(/ops@example/);
  });

  test('an authority that cannot be reached is a warning, and what there is is kept', async () => {
    await pebble.end();
    ctx.events.length = 0;
    await ensure(['shop.test', 'www.shop.test', 'new.shop.test']);
    const warnings = ctx.events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []));
    expect(warnings.join('\n')).toContain('shop has no certificate on h1 yet');
    expect(await names('shop.test')).toContain('DNS:shop.test');
  });
});
