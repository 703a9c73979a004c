import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planServers, setUpServer } from '../../src/deploy/tidy/setup/setup.ts';
import { hasHosts } from '../components/hosts.ts';
import { fleetCtx, startServiceFleet, type ServiceFleet } from '../deploy/look/fleet.ts';
import { parseJson } from '../support/json.ts';

describe.skipIf(hasHosts() !== undefined)('setup', () => {
  let fleet: ServiceFleet;
  beforeAll(async () => {
    fleet = await startServiceFleet([{ engine: 'docker', user: 'root' }]);
  }, 120_000);
  afterAll(async () => fleet.stop(), 60_000);

  test('lays its settings into those of a Docker that runs, which goes on, and finds nothing to do then', async () => {
    const ctx = fleetCtx();
    const [host] = fleet.hosts.hosts;
    if (!host) throw new Error('there is no host');
    await fleet.release(0, '20261122-000001-1a2b3c4', 'sleep 1000');
    const write = ['sh', '-c', 'echo \'{"debug": false}\' >/etc/docker/daemon.json'] as const;
    expect((await host.exec(write)).code).toBe(0);

    const [planned] = await planServers(ctx, fleet.settings, fleet.options, undefined);
    if (!planned) throw new Error('nothing was planned');
    expect(planned.plan.steps.map(({ title }) => title)).toEqual(['write /etc/docker/daemon.json']);
    const told: string[] = [];
    const ready = await setUpServer(ctx, planned, fleet.settings, fleet.options, (name, { title }, state) =>
      told.push(`${name} ${title} ${state}`),
    );
    expect(told).toEqual([
      'h1 write /etc/docker/daemon.json started',
      'h1 write /etc/docker/daemon.json done',
    ]);
    expect(ready.runtime).toMatch(/^docker \d/);

    const written = (await host.exec(['cat', '/etc/docker/daemon.json'])).stdout;
    expect(parseJson(written)).toEqual({
      debug: false,
      'log-opts': { 'max-file': '3', 'max-size': '10m' },
      'live-restore': true,
    });
    const before = (await host.exec(['cat', '/etc/docker/daemon.json.before-coracle'])).stdout;
    expect(parseJson(before)).toEqual({ debug: false });
    const live = await host.exec(['docker', 'info', '--format', '{{.LiveRestoreEnabled}}']);
    expect(live.stdout.trim()).toBe('true');
    const opened = await fleet.open();
    expect((await opened.hosts[0]?.agent.state())?.current?.running).toBe(true);
    expect((await opened.hosts[0]?.agent.history())?.map(({ what }) => what)).toContain('setup');
    await opened.close();

    const [again] = await planServers(ctx, fleet.settings, fleet.options, undefined);
    expect(again?.plan.steps).toEqual([]);
  }, 120_000);
});
