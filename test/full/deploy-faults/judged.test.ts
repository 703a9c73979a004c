import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { hasGo } from '../../components/go.ts';
import { hasHosts } from '../../components/hosts.ts';
import { startLoad } from '../../components/load.ts';
import type { Behaviour } from '../../components/service.ts';
import { describeWith, installed } from '../../components/program.ts';
import { openGround } from '../../e2e/deploy-kit.ts';
import type { Ground } from '../../e2e/deploy-kit.ts';
import { serve, settles, succeeds } from './kit.ts';

/** 5 %, and nothing more until it is judged. */
const canary = {
  strategy: { type: 'canary', steps: ['5%', '50%', '100%'], pause: '1s' },
  judge: { window: '30s', sample: 60 },
};

describeWith(
  [hasHosts, hasGo, installed('haproxy')],
  'a release that turns out bad while it is judged',
  () => {
    let ground: Ground;
    beforeAll(async () => {
      ground = await openGround();
      await serve(ground, 'v1');
    });
    afterAll(async () => ground?.stop());

    const bad: readonly [string, Behaviour, RegExp][] = [
      ['slow answers', { SLOW: '300' }, /latency/],
      ['a crash', { CRASH_AFTER: '7' }, /ended|restart|stopped|down|errors/i],
      ['one failure in two', { ERRORS: '50' }, /errors/],
    ];
    it.each(bad)('%s: it is taken back, and only its own answers were bad', async (name, behaviour, why) => {
      const load = await startLoad(ground.urls, { connections: 3 });
      onTestFinished(async () => void (await load.stop()));
      const version = name.replaceAll(' ', '-');
      const image = await ground.image(version, behaviour);
      ground.configure(canary);
      const { code, result } = await ground.deploy('deploy', '--image', image);
      ground.configure();
      expect({ code, outcome: result?.outcome }).toEqual({ code: 3, outcome: 'went back' });
      expect(JSON.stringify(result)).toMatch(why);
      expect(await settles(ground, 'v1')).toBe('v1');
      const { failures, versions, requests } = await load.stop();
      expect(failures.filter((one) => one.version !== version && one.version !== '')).toEqual([]);
      expect(failures.length).toBeLessThan(requests * 0.05);
      expect(versions[version]?.requests ?? 0).toBeLessThan(requests * 0.15);
    });

    it('a good one passes each step of a canary, and each batch of a rolling release', async () => {
      const load = await startLoad(ground.urls, { connections: 3 });
      onTestFinished(async () => void (await load.stop()));
      await ground.image('v2');
      ground.configure(canary);
      const running = ground.begin('deploy', '--image', 'web:v2');
      await succeeds(running.ended);
      expect((await running.ended).result?.steps.map(({ share, verdict }) => [share, verdict])).toEqual(
        [5, 50, 100].map((share) => [share, 'pass']),
      );
      ground.configure({ strategy: { type: 'rolling', batch: 1, pause: '500ms' } });
      const rolling = ground.begin('deploy', '--image', 'web:v1');
      await succeeds(rolling.ended);
      expect((await rolling.ended).result?.steps.map(({ hosts }) => hosts.length)).toEqual([1, 1, 1]);
      ground.configure();
      expect((await load.stop()).failures).toEqual([]);
    });

    it('an interrupt goes back at once, whatever the phase', async () => {
      const load = await startLoad(ground.urls, { connections: 1 });
      onTestFinished(async () => void (await load.stop()));
      ground.configure({ ...canary, judge: { window: '60s', sample: 1_000_000 } });
      for (const phase of ['start', 'shift'] as const) {
        const running = ground.begin('deploy', '--image', 'web:v2');
        await running.at(phase, 'done');
        running.kill('SIGINT');
        expect((await running.ended).code).not.toBe(0);
        expect(await ground.serving()).toEqual(ground.urls.map(() => 'v1'));
        expect((await ground.status()).hosts.map(({ state }) => state?.pending)).toEqual(
          ground.urls.map(() => undefined),
        );
      }
      expect((await load.stop()).failures).toEqual([]);
    });
  },
);
