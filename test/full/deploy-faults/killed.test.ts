import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { phases } from '../../../src/core/event.ts';
import type { Phase } from '../../../src/core/event.ts';
import { hasGo } from '../../components/go.ts';
import { hasHosts } from '../../components/hosts.ts';
import { startLoad } from '../../components/load.ts';
import { describeWith, installed } from '../../components/program.ts';
import { openGround } from '../../e2e/deploy-kit.ts';
import type { Ground } from '../../e2e/deploy-kit.ts';
import { serve, settles, sleep, untilServing } from './kit.ts';

/** Milliseconds after the beginning of a phase: more of them where something changes for the requests. */
const moments: Partial<Record<Phase, readonly number[]>> = {
  shift: [0, 100, 400],
  confirm: [0, 50, 150, 300],
};

describeWith([hasHosts, hasGo, installed('haproxy')], 'a deployer that is killed', () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await openGround();
    await serve(ground, 'v1');
    await ground.image('v2');
  });
  afterAll(async () => ground?.stop());

  const cases = phases.flatMap((phase) => (moments[phase] ?? [100]).map((after) => ({ phase, after })));
  it.each(cases)(
    '$after ms into $phase leaves one version, and no request lost',
    async ({ phase, after }) => {
      const load = await startLoad(ground.urls, { connections: 1 });
      onTestFinished(async () => void (await load.stop()));
      const from = (await ground.serving())[0] ?? '';
      const to = from === 'v1' ? 'v2' : 'v1';
      const running = ground.begin('deploy', '--image', `web:${to}`);
      await running.at(phase);
      await sleep(after);
      running.kill('SIGKILL');
      await running.ended;
      // Until hosts are told to confirm there is nothing to keep, and after it nothing to undo.
      if (phase !== 'confirm') await untilServing(ground, phase === 'retire' ? to : from);
      const serving = await settles(ground, from, to);
      if (phase === 'shift') expect(serving).toBe(from);
      expect((await load.stop()).failures).toEqual([]);
      // And what it left is in nobody's way.
      await serve(ground, to);
    },
  );
});
