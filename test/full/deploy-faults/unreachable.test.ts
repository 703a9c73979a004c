import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { hasGo } from '../../components/go.ts';
import { hasHosts } from '../../components/hosts.ts';
import { startLoad } from '../../components/load.ts';
import { describeWith, installed } from '../../components/program.ts';
import { openGround } from '../../e2e/deploy-kit.ts';
import type { Ground } from '../../e2e/deploy-kit.ts';
import { serve, settles } from './kit.ts';

describeWith([hasHosts, hasGo, installed('haproxy')], 'a host that cannot be reached', () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await openGround();
    await serve(ground, 'v1');
    await ground.image('v2');
  });
  afterAll(async () => ground?.stop());

  it('before a deploy keeps it from beginning, and is named', async () => {
    const host = ground.host(1);
    await host.cut();
    const { code, result, errors } = await ground.deploy('deploy', '--image', 'web:v2');
    const status = await ground.status();
    await host.heal();
    expect({ code, result }).toEqual({ code: 3, result: undefined });
    expect(errors).toContain('HOST_UNREACHABLE');
    expect(errors).toContain(host.name);
    expect(status).toMatchObject({ state: 'unreachable' });
    expect(await settles(ground, 'v1')).toBe('v1');
  });

  it.each(['image', 'start', 'prove', 'shift', 'confirm', 'retire'] as const)(
    'from %s on, and back later, is of the same version as the others',
    async (phase) => {
      const host = ground.host(1);
      const others = ground.urls.filter((_, index) => index !== 1);
      const load = await startLoad(others, { connections: 1 });
      onTestFinished(async () => void (await load.stop()));
      const from = (await ground.serving())[0] ?? '';
      const to = from === 'v1' ? 'v2' : 'v1';
      const running = ground.begin('deploy', '--image', `web:${to}`);
      await running.at(phase, 'started', host.name);
      await host.cut();
      const { code, result, errors } = await running.ended;
      await host.heal();
      if (code !== 0) {
        // It says which host it was, and what to do.
        expect(`${errors}${result?.summary ?? ''}`).toContain(host.name);
        if (result?.outcome === 'split') expect(result.next).toMatch(/^coracle /);
      }
      const serving = await settles(ground, from, to);
      if (phase === 'shift') expect(serving).toBe(from);
      expect((await load.stop()).failures).toEqual([]);
      await serve(ground, to);
    },
  );
});
