import { afterAll, beforeAll, expect, it } from 'vitest';
import { hasGo } from '../../components/go.ts';
import { hasHosts } from '../../components/hosts.ts';
import { describeWith, installed } from '../../components/program.ts';
import { openGround } from '../../e2e/deploy-kit.ts';
import type { Ground } from '../../e2e/deploy-kit.ts';
import { serve, settles, succeeds } from './kit.ts';

describeWith([hasHosts, hasGo, installed('haproxy')], 'two deployers', () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await openGround();
    await serve(ground, 'v1');
    await ground.image('v2');
    await ground.image('v3');
  });
  afterAll(async () => ground?.stop());

  it('one after the other: the second is told who holds the lock', async () => {
    ground.configure({
      health: { path: '/healthz', port: 8080, interval: '100ms', deadline: '40s', settle: '20s' },
    });
    const first = ground.begin('deploy', '--image', 'web:v2');
    await first.at('image');
    const others = [ground.deploy('deploy', '--image', 'web:v3'), ground.deploy('rollback')];
    for (const { code, result, errors } of await Promise.all(others)) {
      expect({ code, result }).toEqual({ code: 3, result: undefined });
      expect(errors).toContain('DEPLOY_LOCKED');
      expect(errors).toContain('deploy of v2');
    }
    expect(await ground.status()).toMatchObject({ state: 'deploying' });
    await succeeds(first.ended);
    ground.configure();
    expect(await settles(ground, 'v2')).toBe('v2');
  });

  it('at the same moment: at most one of them deploys, and nothing is mixed', async () => {
    for (let round = 0; round < 3; round++) {
      const both = ['web:v1', 'web:v3'].map((image) => ground.begin('deploy', '--image', image));
      const ended = await Promise.all(both.map(async (one) => one.ended));
      const lost = ended.filter(({ code }) => code !== 0);
      expect(lost.length).toBeGreaterThan(0);
      for (const { errors } of lost) expect(errors).toContain('DEPLOY_LOCKED');
      await settles(ground, 'v1', 'v2', 'v3');
    }
  });

  it('of which the first was cut off hold the lock no longer than its connection', async () => {
    const before = (await ground.serving())[0] ?? '';
    const first = ground.begin('deploy', '--image', 'web:v2');
    await first.at('prove');
    first.kill('SIGKILL');
    await first.ended;
    // Its releases were never shifted to; whoever comes next finds and removes them.
    await serve(ground, before === 'v3' ? 'v1' : 'v3');
    expect((await ground.status()).hosts.flatMap(({ state }) => state?.strays ?? [])).toEqual([]);
  });
});
