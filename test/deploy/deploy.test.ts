import { describe, expect, test } from 'vitest';
import type { DeploySettings } from '../../src/deploy/types.ts';
import { containing } from '../support/containing.ts';
import { modelWorld } from './model.ts';
import type { Fault, World } from './model.ts';
import { modelSettings, tryDeploy, tryRollback } from './model-deploy.ts';

const three = ['web1', 'web2', 'web3'];
const canary: Partial<DeploySettings> = { strategy: { type: 'canary', steps: [25, 100], pause: 0 } };

/** Three hosts on which version `one` serves. */
async function deployed(
  options: Parameters<typeof modelWorld>[1] = {},
): Promise<{ world: World; one: string }> {
  const world = modelWorld(three, options);
  const { result, error } = await tryDeploy(world, 'one');
  expect(error).toBeUndefined();
  expect(result?.outcome).toBe('deployed');
  world.calls.length = 0;
  return { world, one: result?.release.id ?? '' };
}

function served(world: World): (string | undefined)[] {
  return world.hosts.map((host) => host.serves());
}

describe('a good release', () => {
  test('serves everywhere at last, the old one is stopped and kept, and the result says so', async () => {
    const { world, one } = await deployed();
    const { result } = await tryDeploy(world, 'two', {}, canary);
    const id = result?.release.id;
    expect(result).toMatchObject({
      ...{ outcome: 'deployed', from: one, service: 'api', environment: 'production' },
      urls: ['http://api.test/'],
      steps: [
        { share: 25, verdict: 'pass' },
        { share: 100, verdict: 'pass' },
      ],
      hosts: three.map((host) => ({ host, serves: id, phase: 'retire' })),
    });
    expect(result?.firstRequest).toBeGreaterThan(0);
    expect(served(world)).toEqual([id, id, id]);
    expect(world.hosts.map((host) => host.running())).toEqual([[id], [id], [id]]);
    expect(world.wrong).toEqual([]);
    expect(world.hosts[0]?.journal.at(-1)).toMatchObject({
      what: 'deploy',
      verdict: 'pass',
      from: one,
      to: id,
    });
  });

  test('each host is armed before its traffic moves, and no host confirms before all are prepared', async () => {
    const { world } = await deployed();
    await tryDeploy(world, 'two');
    const first = (what: string): number => world.calls.findIndex((call) => call.endsWith(what));
    const last = (what: string): number => world.calls.findLastIndex((call) => call.endsWith(what));
    expect(last('start')).toBeLessThan(first('arm'));
    expect(last('arm')).toBeLessThan(first('set'));
    expect(last('prepare')).toBeLessThan(first('commit'));
    expect(last('commit')).toBeLessThan(first('retire'));
    expect(world.calls.filter((call) => call.endsWith('lock'))).toEqual(three.map((name) => `${name} lock`));
  });

  test('a first release needs no old one, and does not wait for requests that never come', async () => {
    const world = modelWorld(three, { traffic: 0 });
    const judge = { ...modelSettings(world).judge, window: 60_000, noData: 'fail' as const };
    const { result } = await tryDeploy(world, 'one', {}, { judge });
    expect(result).toMatchObject({ outcome: 'deployed', from: undefined });
    expect(result?.took).toBeLessThan(30_000);
  });

  test('a host that was added gets its share last', async () => {
    const { world: old, one } = await deployed();
    const fresh = modelWorld(['web4']);
    const world: World = { ...old, hosts: [...old.hosts, ...fresh.hosts] };
    const { result } = await tryDeploy(world, 'two', {}, canary);
    expect(result?.outcome).toBe('deployed');
    expect(result?.steps.map(({ hosts }) => hosts)).toEqual([three, [...three, 'web4']]);
    expect(result?.from).toBe(one);
    expect(fresh.hosts[0]?.serves()).toBe(result?.release.id);
  });

  test('rolling goes by batches', async () => {
    const { world } = await deployed();
    const { result } = await tryDeploy(
      world,
      'two',
      {},
      { strategy: { type: 'rolling', batch: 2, pause: 0 } },
    );
    expect(result?.steps.map(({ hosts, verdict }) => [hosts, verdict])).toEqual([
      [['web1', 'web2'], 'pass'],
      [['web3'], 'pass'],
    ]);
  });

  test('ports of the host are held by one host after the other, with a word', async () => {
    const { world } = await deployed();
    const { container } = modelSettings(world);
    const ports = [{ host: 9000, container: 9000, protocol: 'tcp' as const, public: true }];
    const { result, ctx } = await tryDeploy(world, 'two', {}, { container: { ...container, ports } });
    expect(result?.outcome).toBe('deployed');
    const starts = world.calls.filter((call) => /start|set$/.test(call));
    expect(starts).toEqual(three.flatMap((name) => [`${name} start`, `${name} set`]));
    expect(ctx.events.find(({ kind }) => kind === 'warning')).toMatchObject({
      message: containing('port 9000 cannot be held by two releases'),
    });
  });

  test('jobs run once, before and after; accessories before them', async () => {
    const { world } = await deployed();
    const job = (name: string): DeploySettings['jobs']['before'][number] => ({
      name,
      command: ['true'],
      timeout: 1000,
    });
    await tryDeploy(
      world,
      'two',
      {},
      {
        jobs: { before: [job('migrate')], after: [{ ...job('warm'), on: 'web2' }] },
        accessories: [{ name: 'redis', image: 'r', ports: [], env: {}, secrets: [], volumes: [] }],
      },
    );
    const own = world.calls.filter((call) => /job|accessory|start$|commit$/.test(call));
    expect(own.slice(0, 2)).toEqual(['web1 accessory redis', 'web1 job migrate']);
    expect(own.at(-1)).toBe('web2 job warm');
  });
});

describe('a bad release', () => {
  test('that is never ready is removed from all hosts, and shown with its last answer', async () => {
    const { world, one } = await deployed();
    const { result } = await tryDeploy(world, 'two', { two: { ready: false } });
    expect(result).toMatchObject({ outcome: 'failed' });
    expect(result?.summary).toContain('503: no database');
    expect(result?.hosts[0]).toMatchObject({
      ...{ serves: one, phase: 'prove', error: { code: 'CONTAINER_FAILED' } },
      evidence: { log: 'panic: no', probe: '503: no database' },
    });
    expect(served(world)).toEqual([one, one, one]);
    expect(world.hosts.map((host) => host.running())).toEqual([[one], [one], [one]]);
    expect(world.calls.some((call) => / (?:set|arm)$/.test(call))).toBe(false);
  });

  const worse = {
    errors: { failing: 10 },
    latency: { slow: 100 },
    crash: { crashAfter: 4 },
  };
  test.each(Object.entries(worse))(
    'with %s goes back from the canary, everywhere',
    async (_name, quality) => {
      const { world, one } = await deployed({ qualities: { two: quality } });
      const { result } = await tryDeploy(
        world,
        'two',
        {},
        {
          strategy: { type: 'canary', steps: [25, 100], pause: 250 },
        },
      );
      expect(result?.outcome).toBe('went back');
      expect(result?.summary).toMatch(/^Went back on all hosts: /);
      expect(served(world)).toEqual([one, one, one]);
      expect(world.wrong).toEqual([]);
      expect(result?.hosts.find(({ evidence }) => evidence)?.evidence).toMatchObject({ log: 'panic: no' });
    },
  );

  test('that nobody asks has no verdict, which counts as the settings say', async () => {
    const { world, one } = await deployed();
    const idle = modelWorld(three, { traffic: 0 });
    await tryDeploy(idle, 'one', {}, { judge: { ...modelSettings(world).judge, noData: 'pass' } });
    const failed = await tryDeploy(idle, 'two');
    expect(failed.result).toMatchObject({ outcome: 'went back', steps: [{ verdict: 'no data' }] });
    const passed = await tryDeploy(
      idle,
      'two',
      {},
      { judge: { ...modelSettings(world).judge, noData: 'pass' } },
    );
    expect(passed.result).toMatchObject({ outcome: 'deployed', steps: [{ verdict: 'no data' }] });
    expect(one).not.toBe('');
  });

  test('a job before it that fails leaves everything as it was', async () => {
    const { world, one } = await deployed();
    const { error } = await tryDeploy(
      world,
      'two',
      {},
      {
        jobs: { before: [{ name: 'migrate', command: ['false'], timeout: 1000 }], after: [] },
      },
    );
    expect(error).toMatchObject({ code: 'JOB_FAILED', detail: 'working' });
    expect(served(world)).toEqual([one, one, one]);
    expect(world.calls.some((call) => call.endsWith(' start'))).toBe(false);
  });
});

describe('rollback', () => {
  test('goes to the release before, with one change of each proxy, and keeps the bad one', async () => {
    const { world, one } = await deployed();
    const { result: second } = await tryDeploy(world, 'two');
    world.calls.length = 0;
    const { result } = await tryRollback(world);
    expect(result).toMatchObject({ outcome: 'deployed', release: { id: one }, from: second?.release.id });
    expect(served(world)).toEqual([one, one, one]);
    expect(world.calls.filter((call) => / (?:set|switch)$/.test(call)).toSorted()).toEqual(
      three.map((name) => `${name} switch`),
    );
    const { result: forth } = await tryRollback(world, second?.release.id);
    expect(forth?.outcome).toBe('deployed');
    expect(served(world)).toEqual(three.map(() => second?.release.id));
    expect(world.wrong).toEqual([]);
  });

  test('names the hosts where it is impossible, and what resolves it', async () => {
    const { world: old, one } = await deployed();
    const fresh = modelWorld(['web4']);
    const world: World = { ...old, hosts: [...old.hosts, ...fresh.hosts] };
    const { result: second } = await tryDeploy(world, 'two');
    const { result } = await tryRollback(world);
    expect(result).toMatchObject({ outcome: 'split', next: 'coracle deploy production' });
    expect(result?.summary).toContain('web4: there is no release');
    expect(served(world)).toEqual([one, one, one, second?.release.id]);
  });

  test('of a first release says that there is nothing before it', async () => {
    const { world, one } = await deployed();
    const { error } = await tryRollback(world);
    expect(error).toMatchObject({ code: 'RELEASE_UNKNOWN' });
    expect(served(world)).toEqual([one, one, one]);
  });

  test('of hosts that serve different releases makes them one', async () => {
    const { world, one } = await deployed();
    world.fault = { at: await callsUntil('web2 commit'), kind: 'lost' };
    const { result: second } = await tryDeploy(world, 'two');
    expect(second?.outcome).toBe('split');
    world.fault = undefined;
    world.elapse();
    const { result } = await tryRollback(world);
    expect(result?.summary).toContain('web2 could not be reached');
    expect(served(world)).toEqual([one, one, one]);
  });
});

/** Which call of a deploy of a second release is the first of that name. */
async function callsUntil(name: string): Promise<number> {
  const { world } = await deployed();
  await tryDeploy(world, 'two');
  return world.calls.indexOf(name);
}

describe('two deployers', () => {
  test('the second is told who has the lock, and takes nothing', async () => {
    const { world, one } = await deployed();
    const [first, second] = await Promise.all([tryDeploy(world, 'two'), tryDeploy(world, 'three')]);
    expect([first.result?.outcome, second.error]).toMatchObject(['deployed', { code: 'DEPLOY_LOCKED' }]);
    expect(second.error?.message).toContain('ana@laptop');
    expect(served(world)).toEqual(three.map(() => first.result?.release.id));
    expect(one).not.toBe(first.result?.release.id);
  });
});

const faults: readonly Fault[] = ['before', 'after', 'lost', 'lost after', 'interrupt', 'death', 'unlocked'];

describe.each(faults)('fault "%s"', (kind) => {
  test('at any call leaves one release everywhere, or says that it is split and what resolves it', async () => {
    const { world: sample } = await deployed();
    await tryDeploy(sample, 'two', {}, canary);
    const calls = sample.calls.length;
    expect(calls).toBeGreaterThan(40);
    await Promise.all(Array.from({ length: calls }, async (_, at) => faultAt(kind, at)));
  });
});

async function faultAt(kind: Fault, at: number): Promise<void> {
  const { world, one } = await deployed();
  world.fault = { at, kind };
  const { result, error } = await tryDeploy(world, 'two', {}, canary);
  // Who can be reached has gone back already, and nothing of the new release runs there.
  const reached = world.hosts.filter(({ fleetHost }) => !fleetHost.remote.lost.aborted);
  const now = reached.map((host) => [host.serves(), ...host.running()]);
  world.elapse();
  const serving = [...new Set(served(world))];
  const outcome = error ? 'failed' : result?.outcome;
  // What is expected and what is, in one value: a failure says at which call.
  const where = { at, call: world.calls[at], why: error?.message ?? result?.summary, wrong: world.wrong };
  if (outcome === 'deployed')
    expect({ ...where, serving }).toEqual({ ...where, wrong: [], serving: [result?.release.id] });
  else if (outcome !== 'split')
    expect({ ...where, now, serving }).toEqual({
      ...where,
      wrong: [],
      now: reached.map(() => [one, one]),
      serving: [one],
    });
  else {
    const next = result?.next ?? '';
    expect({ ...where, next }).toEqual({ ...where, wrong: [], next: containing('coracle ') });
    expect(serving.filter((id) => id !== one && id !== result?.release.id)).toEqual([]);
  }
}
