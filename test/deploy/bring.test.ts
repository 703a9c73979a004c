import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bringImage } from '../../src/deploy/bring.ts';
import { openFleet } from '../../src/deploy/fleet.ts';
import type { Fleet, FleetSettings } from '../../src/deploy/fleet.ts';
import type { DeployImage } from '../../src/deploy/types.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { createRegistry } from '../../src/registry/client.ts';
import { copyTarget, registrySink } from '../../src/registry/transfer.ts';
import type { Host } from '../../src/remote/types.ts';
import { openStore } from '../../src/store/store.ts';
import { hasHosts, startHosts } from '../components/hosts.ts';
import type { TestHosts } from '../components/hosts.ts';
import { describeWith } from '../components/program.ts';
import { account, hasRegistry, startRegistry } from '../components/registry.ts';
import { testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { containing } from '../support/containing.ts';
import { indexOf, randomLayer, storedImage } from './fleet-image.ts';
import { newRelease } from './host/open-hosts.ts';

const options = { by: 'ana@laptop' };
const host = (name: string): Host => ({ name, address: name, labels: {}, roles: [] });

/** Words in the cells of the table, when they were done. */
function notes({ events }: TestCtx): Record<string, string | undefined> {
  const done = events.filter((event) => event.kind === 'host' && event.state === 'done');
  return Object.fromEntries(
    done.flatMap((event) => (event.kind === 'host' ? [[`${event.host} ${event.phase}`, event.note]] : [])),
  );
}

describeWith([hasHosts, hasRegistry], 'hosts with Docker and with rootless Podman', () => {
  let hosts: TestHosts;
  let base: Uint8Array;
  const settings: FleetSettings = {
    ...{ service: 'api', hosts: [host('h1'), host('h2')], proxy: undefined, parallel: 10 },
  };
  const open = async (ctx: TestCtx, part: Partial<FleetSettings> = {}): Promise<Fleet> =>
    openFleet(ctx, { ...settings, ...part }, { ...options, sshConfig: hosts.configFile });
  const image = async (ctx: TestCtx, bytes: number): Promise<DeployImage> =>
    storedImage(ctx, [base, await randomLayer(bytes)]);

  beforeAll(async () => {
    base = await randomLayer(3_000_000);
    hosts = await startHosts(['docker', { engine: 'podman', user: 'deployer' }], { disk: '400m' });
  });
  afterAll(async () => hosts.stop());

  test('through the connections, and of the next release only the layer that is new', async () => {
    const ctx = testCtx();
    const fleet = await open(ctx);
    expect(notes(ctx)).toEqual({ 'h1 connect': containing('docker '), 'h2 connect': containing('podman ') });
    const first = newRelease('api');
    const names = await bringImage(ctx, fleet, await image(ctx, 500_000), first, {
      ...{ images: 'auto', parallel: 10 },
    });
    expect(names).toEqual(
      new Map([
        ['h1', `coracle/api:${first.id}`],
        ['h2', `localhost/coracle/api:${first.id}`],
      ]),
    );
    expect(notes(ctx)).toMatchObject({ 'h1 image': '3.5 MB sent', 'h2 image': '3.5 MB sent' });
    await bringImage(ctx, fleet, await image(ctx, 700_000), newRelease('api'), {
      images: 'ssh',
      parallel: 1,
    });
    expect(notes(ctx)).toMatchObject({ 'h1 image': '0.7 MB sent', 'h2 image': '0.7 MB sent' });
    for (const { name, engine } of hosts.hosts) {
      const there = await hosts.hosts
        .find((one) => one.name === name)
        ?.exec([engine, 'images', '--format', '{{.Repository}}'], { asUser: true });
      expect(there?.stdout).not.toMatch(/127\.0\.0\.1|coracle-[0-9a-f]/);
    }
    await fleet.close();
  });

  test('a registry that does not answer: it goes through the connections, with a warning', async () => {
    const ctx = testCtx();
    const fleet = await open(ctx, { hosts: [host('h1')] });
    const repository = `${hosts.gateway}:1/team/api`;
    const stored = { ...(await image(ctx, 1000)), repository };
    await bringImage(ctx, fleet, stored, newRelease('api'), { images: 'auto', parallel: 1 });
    expect(ctx.events.filter(({ kind }) => kind === 'warning')).toEqual([
      {
        kind: 'warning',
        message: containing(`h1 could not pull the image from ${hosts.gateway}:1`),
      },
    ]);
    expect(notes(ctx)['h1 image']).toMatch(/ sent$/);
    const only = bringImage(ctx, fleet, stored, newRelease('api'), { images: 'registry', parallel: 1 });
    await expect(only).rejects.toMatchObject({ code: 'CONTAINER_FAILED', message: containing('h1') });
    const nowhere = { ...stored, stored: false, repository: undefined };
    await expect(
      bringImage(ctx, fleet, nowhere, newRelease('api'), { images: 'auto', parallel: 1 }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await fleet.close();
  });

  test('from a registry, with the credentials of whoever deploys', async () => {
    const registry = await startRegistry({ auth: true });
    const ctx = testCtx();
    const fleet = await open(ctx, { hosts: [host('h1')] });
    const far = await fleet.hosts[0]?.remote.reverse(Number(registry.host.split(':')[1]));
    const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
    const config = path.join(ctx.home, 'docker');
    mkdirSync(config);
    const file = { auths: { [registry.host]: { auth }, [`127.0.0.1:${far}`]: { auth } } };
    writeFileSync(path.join(config, 'config.json'), JSON.stringify(file));
    const known = { ...ctx, env: { ...ctx.env, DOCKER_CONFIG: config } };
    const stored = await image(ctx, 2000);
    const near = parseReference(`${registry.host}/team/api`);
    const source = (await openStore(ctx)).blobs;
    await copyTarget(
      { source, descriptor: await indexOf(ctx, stored) },
      registrySink(createRegistry(known), near),
    );
    const there = { ...stored, stored: false, repository: `127.0.0.1:${far}/team/api` };
    await bringImage(known, fleet, there, newRelease('api'), { images: 'auto', parallel: 1 });
    expect(notes(ctx)['h1 image']).toBe(`from 127.0.0.1:${far}`);
    const left = await hosts.hosts[0]?.exec([
      'sh',
      '-c',
      `grep -rsl '${auth}' /var/lib/coracle /root/.docker /dev/shm /tmp/tmp.*`,
    ]);
    expect(left?.stdout).toBe('');
    await fleet.close();
    await registry.stop();
  });

  test('a disk that is full, on one host of two', async () => {
    const ctx = testCtx();
    const fleet = await open(ctx);
    const stored = await image(ctx, 30_000_000);
    await hosts.hosts[0]?.fillDisk();
    const brought = bringImage(ctx, fleet, stored, newRelease('api'), { images: 'ssh', parallel: 10 });
    await expect(brought).rejects.toMatchObject({ code: 'DISK_FULL', message: containing('h1') });
    await hosts.hosts[0]?.freeDisk();
    expect(notes(ctx)).toMatchObject({ 'h2 image': '30.0 MB sent' });
    await fleet.close();
  });

  test('an interrupt ends what is being sent', async () => {
    const ctx = testCtx();
    const fleet = await open(ctx);
    const stored = await image(ctx, 20_000_000);
    const brought = bringImage(ctx, fleet, stored, newRelease('api'), { images: 'ssh', parallel: 10 });
    ctx.abort(new Error('stop'));
    await expect(brought).rejects.toThrow('stop');
    await fleet.close();
  });

  test('a host that is not there: all or nothing, or those that are', async () => {
    const ctx = testCtx();
    const lost = { ...settings, hosts: [...settings.hosts, host('gone.invalid')] };
    await expect(open(ctx, lost)).rejects.toMatchObject({
      code: 'HOST_UNREACHABLE',
      message: containing('gone.invalid'),
    });
    const sshConfig = hosts.configFile;
    const fleet = await openFleet(ctx, lost, { ...options, sshConfig, partial: true });
    expect(fleet.hosts.map((one) => one.host.name)).toEqual(['h1', 'h2']);
    expect(fleet.unreachable.map((one) => one.host.name)).toEqual(['gone.invalid']);
    await fleet.close();
    const chosen = await openFleet(ctx, lost, { ...options, sshConfig, hosts: ['h2'] });
    expect(chosen.hosts.map((one) => one.host.name)).toEqual(['h2']);
    await chosen.close();
    await expect(openFleet(ctx, lost, { ...options, sshConfig, hosts: ['h3'] })).rejects.toMatchObject({
      code: 'USAGE',
      hint: 'Did you mean h1?',
    });
  });
});
