import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Phase } from '../../../src/core/event.ts';
import { hasGo } from '../../components/go.ts';
import { hasHosts } from '../../components/hosts.ts';
import { startLoad } from '../../components/load.ts';
import { describeWith, installed } from '../../components/program.ts';
import { openGround } from '../../e2e/deploy-kit.ts';
import type { Ground } from '../../e2e/deploy-kit.ts';
import { serve, settles, untilServing } from './kit.ts';

describeWith([hasHosts, hasGo, installed('haproxy')], 'a host that loses its power', () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await openGround();
    await serve(ground, 'v1');
    await ground.image('v2');
  });
  afterAll(async () => ground?.stop());

  // Docker starts containers again by itself; Podman's by the service that Debian has for it.
  const cases = (['image', 'start', 'prove', 'retire'] as const)
    .map((phase, index): { phase: Phase; index: number } => ({ phase, index: index % 2 === 0 ? 0 : 2 }))
    .concat((['shift', 'confirm'] as const).flatMap((phase) => [0, 2].map((index) => ({ phase, index }))))
    .map((one) => ({ ...one, name: `h${one.index + 1}` }));
  it.each(cases)('in $phase ($name) serves again, the same as the others', async ({ phase, index }) => {
    const host = ground.host(index);
    const others = ground.urls.filter((_, other) => other !== index);
    const load = await startLoad(others, { connections: 1 });
    onTestFinished(async () => void (await load.stop()));
    const from = (await ground.serving())[0] ?? '';
    const to = from === 'v1' ? 'v2' : 'v1';
    const running = ground.begin('deploy', '--image', `web:${to}`);
    await running.at(phase, 'started', host.name);
    await host.crash();
    const { code, result, errors } = await running.ended;
    await host.boot();
    if (code !== 0) expect(`${errors}${result?.summary ?? ''}`).toContain(host.name);
    // Without a word of ours: what was not confirmed was in the memory of the proxy that died.
    if (phase !== 'confirm') await untilServing(ground, phase === 'retire' ? to : from);
    await settles(ground, from, to);
    expect((await load.stop()).failures).toEqual([]);
    await serve(ground, to);
  });

  it('while nothing is deployed serves again what it served', async () => {
    const from = (await ground.serving())[0] ?? '';
    await Promise.all(ground.fleet.hosts.map(async (host) => host.crash()));
    await Promise.all(ground.fleet.hosts.map(async (host) => host.boot()));
    expect(await settles(ground, from)).toBe(from);
  });
});
