/**
 * Releases under load, on three hosts of two runtimes: whatever is deployed, and however that ends, no request is lost but those that a bad release
 * answered itself while it was judged.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hasGo } from '../components/go.ts';
import { hasHosts } from '../components/hosts.ts';
import { startLoad } from '../components/load.ts';
import type { Load, LoadReport } from '../components/load.ts';
import { describeWith, installed } from '../components/program.ts';
import { openGround } from './deploy-kit.ts';
import type { Ground } from './deploy-kit.ts';

describeWith([hasHosts, hasGo, installed('haproxy')], 'a fleet under load', () => {
  let ground: Ground;
  let load: Load;
  beforeAll(async () => {
    ground = await openGround();
    const first = await ground.deploy('deploy', '--image', await ground.image('v1'));
    expect(first).toMatchObject({ code: 0, errors: '', result: { outcome: 'deployed' } });
    load = await startLoad(ground.urls);
  });
  afterAll(async () => {
    await load?.stop();
    await ground?.stop();
  });

  /** Since the last time that it was asked, all was answered and nothing lost. */
  let before: LoadReport | undefined;
  const nothingLost = async (): Promise<void> => {
    const since = before;
    const report = await load.until('answers', ({ requests }) => requests > (since?.requests ?? 0) + 100);
    before = report;
    expect(report.failures.slice(since?.failures.length ?? 0)).toEqual([]);
  };
  const everywhere = (version: string): readonly string[] => ground.urls.map(() => version);

  it('takes a good release', async () => {
    const { code, result, errors } = await ground.deploy('deploy', '--image', await ground.image('v2'));
    expect({ code, outcome: result?.outcome, errors }).toEqual({ code: 0, outcome: 'deployed', errors: '' });
    expect(await ground.serving()).toEqual(everywhere('v2'));
    expect((await ground.status()).state).toBe('one version');
    await nothingLost();
    // Websockets of the old release were kept while it drained.
    expect(load.report().websocket.versions).toHaveProperty('v1');
  });

  it('keeps the old one when the new is never ready, and shows what it said', async () => {
    const image = await ground.image('never', { NEVER_READY: '1' });
    const { code, result } = await ground.deploy('deploy', '--image', image);
    expect({ code, outcome: result?.outcome }).toEqual({ code: 3, outcome: 'failed' });
    const evidence = result?.hosts.flatMap((host) => (host.evidence === undefined ? [] : [host.evidence]));
    expect(evidence?.[0]?.log).toContain('listening on');
    expect(evidence?.[0]?.probe).toContain('503');
    expect(await ground.serving()).toEqual(everywhere('v2'));
    await nothingLost();
  });

  it('takes back a release of which 5 % are errors, which only the canary’s share has seen', async () => {
    ground.configure({
      strategy: { type: 'canary', steps: ['10%', '50%', '100%'], pause: '500ms' },
      judge: { window: '20s', sample: 100 },
    });
    const image = await ground.image('bad', { ERRORS: '5' });
    const since = load.report();
    const { code, result } = await ground.deploy('deploy', '--image', image);
    ground.configure();
    expect({ code, outcome: result?.outcome }).toEqual({ code: 3, outcome: 'went back' });
    expect(result?.steps.at(-1)).toMatchObject({ share: 10, verdict: 'fail' });
    expect(await ground.serving()).toEqual(everywhere('v2'));
    const report = await load.until('answers', ({ requests }) => requests > since.requests + 100);
    before = report;
    const failures = report.failures.slice(since.failures.length);
    expect(failures.filter(({ version }) => version !== 'bad')).toEqual([]);
    expect(failures.length).toBeGreaterThan(0);
    // Of all that was asked meanwhile it answered no more than its share, and failed a twentieth of that.
    const answered = report.versions['bad']?.requests ?? 0;
    expect(answered).toBeLessThan((report.requests - since.requests) * 0.2);
    expect(failures.length).toBeLessThan(answered * 0.1);
  });

  it('takes a change of the configuration alone', async () => {
    ground.configure({ env: { GREETING: 'hello there' } });
    const { code } = await ground.deploy('deploy', '--image', 'web:v2');
    expect(code).toBe(0);
    const answer = await fetch(`${ground.urls[0] ?? ''}/env`);
    expect(await answer.json()).toContain('GREETING=hello there');
    await nothingLost();
  });

  it('goes back to the release before', async () => {
    ground.configure();
    await ground.deploy('deploy', '--image', await ground.image('v3'));
    expect(await ground.serving()).toEqual(everywhere('v3'));
    const { code, result, errors } = await ground.deploy('rollback');
    expect({ code, errors, outcome: result?.outcome }).toMatchObject({ code: 0, outcome: 'deployed' });
    expect(await ground.serving()).toEqual(everywhere('v2'));
    await nothingLost();
  });
});
