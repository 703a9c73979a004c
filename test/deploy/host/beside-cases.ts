import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Accessory, Job } from '../../../src/deploy/types.ts';
import { hasHosts, type HostSpec } from '../../components/hosts.ts';
import { describeWith } from '../../components/program.ts';
import { account, hasRegistry, startRegistry } from '../../components/registry.ts';
import { confirmed, newRelease, nameOf, newSpec, openHosts, settings, type OpenHost } from './open-hosts.ts';

/** What there is beside releases, on hosts of each kind. */
export function besideCases(specs: readonly HostSpec[]): void {
  describeWith([hasHosts, hasRegistry], 'beside the releases of a host', () => {
    let opened: Awaited<ReturnType<typeof openHosts>>;
    beforeAll(async () => {
      opened = await openHosts(specs, { disk: '600m' });
    });
    afterAll(async () => opened?.stop());

    const each = specs.map((spec, index) => [nameOf(spec), index] as const);
    const on = (index: number): OpenHost => {
      const open = opened.hosts[index];
      if (!open) throw new Error('no such host');
      return open;
    };

    test.concurrent.each(each)('%s: a job is heard, ends with its code, and is ended', async (_, index) => {
      const open = on(index);
      const agent = await open.agent('jobs');
      const job = (script: string, timeout = 60_000): Job => ({
        ...{ name: 'migrate', command: ['/bin/sh', '-c', script], timeout },
      });
      const said: string[] = [];
      const exit = await agent.job(job('echo one; echo two >&2; exit 61'), newSpec(open, 'jobs'), (text) => {
        said.push(text);
      });
      expect(exit.code).toBe(61);
      expect(said.join('')).toMatch(/one[^]*two|two[^]*one/);
      const endless = agent.job(job('sleep 1000', 1000), newSpec(open, 'jobs'), () => undefined);
      await expect(endless).rejects.toMatchObject({ code: 'JOB_FAILED' });
      const list = `${open.host.engine} ps --all --filter label=coracle.service=jobs --filter label=coracle.kind=job --format '{{.Names}}'`;
      expect(await open.sh(list)).toBe('');
    });

    test.concurrent.each(each)('%s: an accessory is started once, and never changed', async (_, index) => {
      const open = on(index);
      const agent = await open.agent('store');
      const accessory: Accessory = {
        ...{ name: 'cache', image: open.image, ports: [], env: {}, secrets: [] },
        volumes: [{ source: 'data', target: '/data', readOnly: false }],
        command: ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'],
      };
      expect(await agent.accessory(accessory, { TOKEN: 'secret' })).toBe(true);
      const before = await agent.container('store-cache');
      expect(await agent.accessory(accessory, { TOKEN: 'secret' })).toBe(false);
      expect(open.events).not.toContainEqual(expect.objectContaining({ kind: 'warning' }));
      expect(await agent.accessory({ ...accessory, memory: 32 * 1024 * 1024 }, {})).toBe(false);
      expect(open.events).toContainEqual(expect.objectContaining({ kind: 'warning' }));
      expect((await agent.container('store-cache')).startedAt).toBe(before.startedAt);
      await open.sh(`${open.host.engine} stop store-cache`);
      expect(await agent.accessory(accessory, { TOKEN: 'secret' })).toBe(true);
      await agent.down({ volumes: false, accessories: false });
      expect((await agent.container('store-cache')).running).toBe(true);
      await agent.down({ volumes: true, accessories: true });
      await expect(agent.container('store-cache')).rejects.toMatchObject({ code: 'CONTAINER_FAILED' });
      expect(await open.sh(`${open.host.engine} volume ls --quiet`)).not.toContain('store-data');
    });

    test.concurrent.each(each)('%s: an accessory could not be reached from its service', async (_, index) => {
      const open = on(index);
      const agent = await open.agent('reach');
      const serve = 'mkdir /tmp/w; echo pong > /tmp/w/index.html; exec httpd -f -p 6379 -h /tmp/w';
      const accessory: Accessory = {
        ...{ name: 'redis', image: open.image, ports: [], env: {}, secrets: [], volumes: [] },
        command: ['/bin/sh', '-c', serve],
      };
      await agent.accessory(accessory, {});
      const spec = newSpec(open, 'reach');
      const ask =
        'for i in 1 2 3 4 5 6 7 8 9; do wget -qO- http://redis:6379/ && exit; sleep 1; done; exit 1';
      const said: string[] = [];
      const job: Job = { name: 'ask', command: ['/bin/sh', '-c', ask], timeout: 60_000 };
      const exit = await agent.job(job, spec, (text) => void said.push(text));
      expect([exit.code, said.join('')]).toEqual([0, expect.stringContaining('pong')]);
      const placed = await confirmed(agent, spec);
      const inside = await open.sh(`${open.host.engine} exec ${placed.container} /bin/sh -c '${ask}'`);
      expect(inside).toContain('pong');
      await agent.down({ volumes: true, accessories: true });
      expect(await open.sh(`${open.host.engine} network ls --format '{{.Name}}'`)).not.toContain(
        'coracle-reach',
      );
    });

    test.concurrent.each(each)('%s: an image comes from a registry that asks who it is', async (_, index) => {
      const open = on(index);
      const { engine } = open.host;
      const agent = await open.agent('image');
      const registry = await startRegistry({ auth: true });
      try {
        const [, port = ''] = registry.host.split(':');
        const name = `127.0.0.1:${await open.remote.reverse(Number(port))}/team/image`;
        const { username, password } = account;
        const plain = engine === 'podman' ? '--tls-verify=false' : '';
        await open.sh(`cp -r ~/.docker /tmp/kept 2>/dev/null; ${engine} login ${plain} -u ${username} -p '${password}' ${name}
        ${engine} tag ${open.image} ${name}:1 && ${engine} push ${plain} ${name}:1 && ${engine} rmi ${name}:1 && ${engine} logout ${name}`);
        const release = newRelease('image');
        const login = { registry: name.split('/', 1)[0] ?? '', username, password };
        await expect(agent.pull(`${name}:1`, release, { plainHttp: true })).rejects.toMatchObject({
          code: 'CONTAINER_FAILED',
        });
        const image = await agent.pull(`${name}:1`, release, { plainHttp: true, login });
        expect(image).toBe(`${engine === 'podman' ? 'localhost/' : ''}coracle/image:${release.id}`);
        const images = await open.sh(`${engine} images --format '{{.Repository}}:{{.Tag}}'`);
        expect(images).toContain(image);
        expect(images).not.toContain(name);
        const kept = 'grep -rl gopher ~/.docker /dev/shm /run/user /tmp 2>/dev/null || true';
        expect(await open.sh(kept)).toBe('');
        const spec = { release, image, settings, values: {} };
        await confirmed(agent, spec);
      } finally {
        await registry.stop();
      }
    });

    test.concurrent.each(each)('%s: old releases go, the two that count stay', async (_, index) => {
      const open = on(index);
      const { engine } = open.host;
      const agent = await open.agent('old');
      const all: string[] = [];
      for (let count = 0; count < 4; count++) {
        const spec = newSpec(open, 'old');
        const image = `${engine === 'podman' ? 'localhost/' : ''}coracle/old:${spec.release.id}`;
        await open.sh(`${engine} tag ${open.image} ${image}`);
        const placed = await confirmed(agent, { ...spec, image });
        const { previous } = await agent.state();
        if (previous) await agent.retire(previous.slot, 0, 100);
        all.push(placed.release.id);
      }
      expect(await agent.prune({ releases: 4 }, false)).toEqual([]);
      const dry = await agent.prune({ releases: 1 }, true);
      expect(dry.map(({ release }) => release)).toEqual([all[1], all[0]]);
      expect(dry[0]?.bytes).toBeGreaterThan(0);
      expect(await agent.prune({ releases: 1 }, false)).toEqual(dry);
      const images = await open.sh(`${engine} images --format '{{.Tag}}'`);
      for (const [number, id] of all.entries()) expect(images.includes(id)).toBe(number >= 2);
      await expect(agent.restart(all[0] ?? '')).rejects.toMatchObject({ code: 'RELEASE_UNKNOWN' });
      await agent.restart(all[2] ?? '');
      await agent.down({ volumes: true, accessories: true });
      expect(await agent.state()).toMatchObject({ current: undefined, previous: undefined, strays: [] });
      expect(await open.sh(`${engine} ps --all --filter label=coracle.service=old --quiet`)).toBe('');
    });

    test.concurrent.each(each)('%s: the journal is kept, line by line', async (_, index) => {
      const agent = await on(index).agent('told');
      const entry = {
        by: 'ana "x"',
        what: 'deploy',
        release: 'r',
        verdict: 'pass',
        evidence: "it's well\n",
      } as const;
      await Promise.all([...Array(5).keys()].map(async () => agent.journal(entry)));
      const history = await agent.history();
      expect(history).toHaveLength(5);
      expect(history[0]).toMatchObject(entry);
      expect(history[0]?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    });

    test.concurrent.each(each)(
      '%s: ports of its own go from the old release to the new',
      async (_, index) => {
        const open = on(index);
        const agent = await open.agent('ports');
        const ports = [{ host: 15_353, container: 8080, protocol: 'tcp', public: false }] as const;
        const old = await confirmed(agent, newSpec(open, 'ports', { ports }));
        const fresh = await agent.start(newSpec(open, 'ports', { ports }));
        expect((await agent.container(old.container)).running).toBe(false);
        await agent.revert('tried');
        expect(await agent.state()).toMatchObject({ current: old, pending: undefined });
        const next = await confirmed(agent, newSpec(open, 'ports', { ports }));
        expect((await agent.state()).current).toEqual(next);
        expect(fresh.port).not.toBe(old.port);
      },
    );

    test.concurrent.each(each)(
      '%s: the release that serves was stopped for a port that somebody else has',
      async (_, index) => {
        const open = on(index);
        const agent = await open.agent('taken');
        const old = await confirmed(agent, newSpec(open, 'taken'));
        const ports = [{ host: 22, container: 8080, protocol: 'tcp', public: false }] as const;
        await expect(agent.start(newSpec(open, 'taken', { ports }))).rejects.toMatchObject({
          code: 'CONTAINER_FAILED',
        });
        expect((await agent.container(old.container)).running).toBe(true);
        expect(await agent.state()).toMatchObject({ current: old, strays: [] });
        // Restarted is stopped all the same.
        const since = (await agent.container(old.container)).startedAt;
        const free = [{ ...ports[0], host: 15_454 }] as const;
        await confirmed(agent, newSpec(open, 'taken', { ports: free }));
        expect((await agent.container(old.container)).startedAt).toBe(since);
      },
    );

    // By itself: the others write to the same disk.
    test.each(each)(
      '%s: a full disk changes nothing, and does not keep from going back',
      async (_, index) => {
        const open = on(index);
        const agent = await open.agent('full');
        const old = await confirmed(agent, newSpec(open, 'full'));
        const fresh = await agent.start(newSpec(open, 'full'));
        await agent.arm(fresh, 100);
        await open.host.fillDisk();
        await expect(agent.prepare(fresh.release.id)).rejects.toMatchObject({ code: 'DISK_FULL' });
        await agent.revert('tried');
        await expect(agent.start(newSpec(open, 'full'))).rejects.toMatchObject({ code: 'DISK_FULL' });
        expect((await agent.state()).current).toEqual(old);
        await open.host.freeDisk();
        await agent.settle();
        expect(await agent.state()).toMatchObject({ current: old, pending: undefined, strays: [] });
      },
    );
  });
}
