import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { hasGo } from '../../components/go.ts';
import { hasHosts } from '../../components/hosts.ts';
import { startLoad } from '../../components/load.ts';
import { describeWith, installed } from '../../components/program.ts';
import { openGround } from '../../e2e/deploy-kit.ts';
import type { Ground } from '../../e2e/deploy-kit.ts';
import { serve, settles, sleep, succeeds } from './kit.ts';

// Nothing on them can talk to a socket but what is in the proxy's own image.
const speakers = ['socat', 'python3', 'perl', 'nc', 'ncat'];

describeWith([hasHosts, hasGo, installed('haproxy')], 'hosts of ordinary users', () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await openGround(
      [
        { engine: 'docker', user: 'deployer' },
        { engine: 'podman', user: 'deployer' },
      ],
      8080,
    );
    const remove = `rm -f ${speakers.map((name) => `/usr/bin/${name} /usr/local/bin/${name}`).join(' ')}`;
    for (const host of ground.fleet.hosts) await host.exec(['sh', '-c', remove]);
    await serve(ground, 'v1');
    await ground.image('v2');
  });
  afterAll(async () => ground?.stop());

  it('take releases and go back as root’s do', async () => {
    const load = await startLoad(ground.urls, { connections: 2 });
    onTestFinished(async () => void (await load.stop()));
    await succeeds(ground.deploy('deploy', '--image', 'web:v2'));
    expect(await ground.serving()).toEqual(ground.urls.map(() => 'v2'));
    await succeeds(ground.deploy('rollback'));
    expect(await ground.serving()).toEqual(ground.urls.map(() => 'v1'));
    expect((await load.stop()).failures).toEqual([]);
  });

  it('go back by themselves when the deployer is killed', async () => {
    const load = await startLoad(ground.urls, { connections: 1 });
    onTestFinished(async () => void (await load.stop()));
    const from = (await ground.serving())[0] ?? '';
    const running = ground.begin('deploy', '--image', from === 'v1' ? 'web:v2' : 'web:v1');
    await running.at('shift', 'done');
    await sleep(200);
    running.kill('SIGKILL');
    await running.ended;
    expect(await settles(ground, from)).toBe(from);
    expect((await load.stop()).failures).toEqual([]);
  });
});

describeWith([hasHosts, hasGo, installed('haproxy')], 'a port of the proxy that somebody else has', () => {
  it('is named, and a deploy after it is free goes well', async () => {
    const ground = await openGround(['docker']);
    onTestFinished(async () => ground.stop());
    const host = ground.host(0);
    await host.exec(['sh', '-c', 'socat TCP-LISTEN:80,fork,reuseaddr - >/dev/null 2>&1 & sleep 0.2']);
    const { code, errors } = await ground.deploy('deploy', '--image', await ground.image('v1'));
    expect(code).toBe(3);
    expect(errors).toMatch(/\b80\b/);
    expect(errors).toContain(host.name);
    await host.exec(['pkill', 'socat']);
    await serve(ground, 'v1');
  });
});
