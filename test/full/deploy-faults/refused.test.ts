import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { containing } from '../../support/containing.ts';
import { hasGo } from '../../components/go.ts';
import { hasFaketime, hasHosts } from '../../components/hosts.ts';
import { startLoad } from '../../components/load.ts';
import { describeWith, installed } from '../../components/program.ts';
import { hasRegistry, startRegistry } from '../../components/registry.ts';
import { serviceContext } from '../../components/service.ts';
import { coracleOk } from '../../e2e/coracle.ts';
import { openGround } from '../../e2e/deploy-kit.ts';
import type { Ground } from '../../e2e/deploy-kit.ts';
import { serve, settles, sleep, succeeds } from './kit.ts';

const needs = [hasHosts, hasGo, hasFaketime, hasRegistry, installed('haproxy')];

describeWith(needs, 'what a host or a registry refuses', () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await openGround();
    await serve(ground, 'v1');
    await ground.image('v2');
  });
  afterAll(async () => ground?.stop());

  /** It failed, said why, and what served serves still. */
  const refused = async (version: string, ...words: readonly string[]): Promise<void> => {
    const before = (await ground.serving())[0] ?? '';
    const load = await startLoad(ground.urls, { connections: 1, slow: false });
    onTestFinished(async () => void (await load.stop()));
    const { code, result, errors } = await ground.deploy('deploy', '--image', version);
    const said = `${errors}${JSON.stringify(result)}`;
    expect(code).toBe(3);
    for (const word of words) expect(said).toContain(word);
    expect(await settles(ground, before)).toBe(before);
    expect((await load.stop()).failures).toEqual([]);
  };

  it.each([0, 2])('a disk that is full (host %i)', async (index) => {
    const host = ground.host(index);
    const image = await ground.image(`full${index}`);
    const before = (await ground.serving())[0] ?? '';
    const load = await startLoad(ground.urls, { connections: 1, slow: false });
    onTestFinished(async () => void (await load.stop()));
    await host.fillDisk();
    const { code, result, errors } = await ground.deploy('deploy', '--image', image);
    // Podman cannot even be asked while it is full.
    await host.freeDisk();
    expect({ code, result }).toEqual({ code: 3, result: undefined });
    expect(errors).toContain(host.name);
    expect(errors).toContain('DISK_FULL');
    expect(await settles(ground, before)).toBe(before);
    expect((await load.stop()).failures).toEqual([]);
    await serve(ground, `full${index}`);
  });

  it.each(['start', 'shift', 'confirm'] as const)('a disk that fills up in %s', async (phase) => {
    const from = (await ground.serving())[0] ?? '';
    const to = from === 'v1' ? 'v2' : 'v1';
    const running = ground.begin('deploy', '--image', `web:${to}`);
    await running.at(phase);
    await ground.host(0).fillDisk();
    await running.ended;
    await ground.host(0).freeDisk();
    await settles(ground, from, to);
    await serve(ground, to);
  });

  it('an image of another platform', async () => {
    const context = path.join(ground.directory, 'arm');
    mkdirSync(context);
    await serviceContext(context, 'arm', {}, 'arm64');
    await coracleOk(
      ['build', '-q', '--platform', 'linux/arm64', '-t', 'web:arm', '-f', `${context}/Dockerfile`, context],
      { env: ground.env, cwd: ground.directory },
    );
    await refused('web:arm', 'linux/arm64', 'h1');
  });

  it('a program that ends at once, with what it said', async () => {
    await refused(await ground.image('refuses', { REFUSE: 'I will not start' }), 'I will not start');
  });

  it('a program that ends a moment after it was ready', async () => {
    await refused(await ground.image('crashes', { CRASH_AFTER: '0.8' }), 'crashing, as told');
  });

  it('a port that somebody else has', async () => {
    const host = ground.host(1);
    await host.exec(['sh', '-c', 'socat TCP-LISTEN:9999,fork,reuseaddr - >/dev/null 2>&1 & sleep 0.2']);
    ground.configure({ ports: ['9999:8080'] });
    // Two releases cannot hold one port, so the old one is stopped for that long, and started again.
    const before = (await ground.serving())[0] ?? '';
    const { code, result } = await ground.deploy('deploy', '--image', 'web:v2');
    expect({ code, said: JSON.stringify(result) }).toMatchObject({ code: 3, said: containing('9999') });
    expect(await settles(ground, before)).toBe(before);
    await host.exec(['pkill', 'socat']);
    ground.configure();
    await serve(ground, 'v2');
  });

  it('a registry that is down, when hosts must pull from it', async () => {
    const registry = await startRegistry();
    const name = `${registry.host}/web:v9`;
    const context = await serviceContext(path.join(ground.directory, 'v9'), 'v9', { SLOW: '10' });
    await coracleOk(
      [
        'build',
        '-q',
        '--push',
        '--insecure-registry',
        registry.host,
        '-t',
        name,
        '-f',
        `${context}/Dockerfile`,
        context,
      ],
      { env: ground.env, cwd: ground.directory },
    );
    await registry.stop();
    ground.configure({ images: 'registry' });
    await refused(name, registry.host);
    // It is in our store as well, so that they need not.
    ground.configure({ images: 'auto' });
    await succeeds(ground.deploy('deploy', '--image', name));
    expect(await settles(ground, 'v9')).toBe('v9');
    ground.configure();
  });

  it.each([-3, 3])(
    'a clock that is %i hours off does not matter, not even to a host that is left alone',
    async (hours) => {
      await ground.host(0).setClock(hours * 3600);
      await ground.host(2).setClock(-hours * 3600);
      const from = (await ground.serving())[0] ?? '';
      const to = from === 'v1' ? 'v2' : 'v1';
      const left = ground.begin('deploy', '--image', `web:${to}`);
      await left.at('shift', 'done');
      await sleep(300);
      left.kill('SIGKILL');
      await left.ended;
      expect(await settles(ground, from)).toBe(from);
      await serve(ground, to);
      await succeeds(ground.deploy('rollback'));
      expect(await settles(ground, from)).toBe(from);
      for (const host of ground.fleet.hosts) await host.setClock(0);
    },
  );
});
