import { describe, expect, test } from 'vitest';
import { ToolError } from '../../src/core/errors.ts';
import { leftOut } from '../../src/ship/choose.ts';
import { openMemory } from '../../src/ship/memory.ts';
import { ship, type ShipPlan } from '../../src/ship/ship.ts';
import type { Stage, StageResult } from '../../src/ship/types.ts';
import { openStore } from '../../src/store/store.ts';
import { testCtx, type TestCtx } from '../support/ctx.ts';

const good = (summary: string, data?: unknown): StageResult => ({
  verdict: 'passed',
  summary,
  findings: [],
  ...(data === undefined ? {} : { data }),
});

interface Row {
  readonly ran: string[];
  stage(name: string, result?: StageResult | Error, more?: Partial<Stage>): Stage;
}

/** Stages that note that they ran. */
function row(): Row {
  const ran: string[] = [];
  return {
    ran,
    stage: (name, result = good('well'), more = {}) => ({
      name,
      summary: '',
      run: async () => {
        ran.push(name);
        if (result instanceof Error) throw result;
        return Promise.resolve(result);
      },
      ...more,
    }),
  };
}

async function planOf(
  ctx: TestCtx,
  stages: readonly Stage[],
  more: Partial<ShipPlan> = {},
): Promise<ShipPlan> {
  const { cache } = await openStore(ctx);
  return {
    environment: 'staging',
    stages,
    skipped: async () => Promise.resolve(undefined),
    memory: openMemory(cache, '/project', 'staging'),
    resume: false,
    ...more,
  };
}

const undo = (ran: string[], name: string, from = 'r1'): Partial<Stage> => ({
  undo: async () => {
    ran.push(`undo ${name}`);
    return Promise.resolve(good(`back to ${from}`));
  },
});

describe('ship', () => {
  test('stages run in their order, and see what those before them found', async () => {
    const ctx = testCtx();
    const { stage, ran } = row();
    let seen: unknown;
    const stages = [
      stage('build', good('4.4 MB', { digest: 'd' })),
      {
        ...stage('deploy'),
        run: async ({ results }) => {
          seen = results['build']?.data;
          return Promise.resolve(good('on 3 hosts'));
        },
      },
    ] satisfies Stage[];
    const report = await ship(ctx, await planOf(ctx, stages));
    expect(ran).toEqual(['build']);
    expect(seen).toEqual({ digest: 'd' });
    expect(report).toMatchObject({
      verdict: 'passed',
      environment: 'staging',
      summary: '2 stages passed; deploy: on 3 hosts',
      undone: [],
    });
    expect(ctx.events.map((event) => (event.kind === 'step' ? [event.id, event.state] : []))).toEqual([
      ['ship build', 'started'],
      ['ship build', 'done'],
      ['ship deploy', 'started'],
      ['ship deploy', 'done'],
    ]);
  });

  test('after a failure nothing further runs, and what passed is undone, newest first', async () => {
    const ctx = testCtx();
    const { stage, ran } = row();
    const error = new ToolError('CONTAINER_FAILED', 'it does not answer', {
      hint: 'look at its log',
      where: { file: 'coracle.yaml', line: 3, text: 'whole text' },
    });
    const stages = [
      stage('push', good('pushed'), undo(ran, 'push')),
      stage('deploy', good('deployed'), undo(ran, 'deploy')),
      stage('verify', error, undo(ran, 'verify')),
      stage('announce'),
    ];
    const report = await ship(ctx, await planOf(ctx, stages));
    expect(ran).toEqual(['push', 'deploy', 'verify', 'undo deploy', 'undo push']);
    expect(report.stages.map(({ verdict }) => verdict)).toEqual(['passed', 'passed', 'failed', 'not run']);
    expect(report.stages[2]?.findings).toEqual([
      {
        rule: 'verify/container-failed',
        severity: 'error',
        message: 'it does not answer',
        fix: 'look at its log',
        where: { file: 'coracle.yaml', line: 3 },
      },
    ]);
    expect(report.summary).toBe(
      'verify failed: it does not answer; deploy undone: back to r1; push undone: back to r1',
    );
  });

  test('an undo that fails is told, and the others are undone all the same', async () => {
    const ctx = testCtx();
    const { stage, ran } = row();
    const broken: Partial<Stage> = {
      undo: async () => Promise.reject(new ToolError('HOST_UNREACHABLE', 'h2 is gone')),
    };
    const stages = [
      stage('push', good(''), undo(ran, 'push')),
      stage('deploy', good(''), broken),
      stage('verify', new ToolError('NETWORK', 'no')),
    ];
    const report = await ship(ctx, await planOf(ctx, stages));
    expect(report.undone.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['deploy', 'failed'],
      ['push', 'passed'],
    ]);
  });

  test('an interrupt is no failure: nothing is undone, and the command ends with it', async () => {
    const ctx = testCtx();
    const { stage, ran } = row();
    const stages = [
      stage('deploy', good(''), undo(ran, 'deploy')),
      stage('verify', new ToolError('INTERRUPTED', 'interrupted by SIGINT')),
    ];
    await expect(planOf(ctx, stages).then(async (plan) => ship(ctx, plan))).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(ran).toEqual(['deploy', 'verify']);
  });

  test('a bug of ours is not taken for a finding', async () => {
    const ctx = testCtx();
    const { stage } = row();
    const plan = await planOf(ctx, [stage('deploy', new TypeError('x is not a function'))]);
    await expect(ship(ctx, plan)).rejects.toThrow(TypeError);
  });
});

describe('what passed before', () => {
  const keyed = (key: string | undefined): Partial<Stage> => ({ key: async () => Promise.resolve(key) });

  test('counts with the same key, when resumed or when the stage remembers, and only what passed', async () => {
    const ctx = testCtx();
    const { stage, ran } = row();
    const at = (key: string, resume: boolean, result?: StageResult | Error): Promise<ShipPlan> =>
      planOf(
        ctx,
        [
          stage('tests', good('5 passed'), { ...keyed(key), remembers: true }),
          stage('build', good('4 MB'), keyed(key)),
          stage('deploy', result, keyed(key)),
        ],
        { resume },
      );
    const broken = new ToolError('NETWORK', 'no');
    await ship(ctx, await at('k1', false, broken));
    expect(ran.splice(0)).toEqual(['tests', 'build', 'deploy']);
    await ship(ctx, await at('k1', false, broken));
    expect(ran.splice(0)).toEqual(['build', 'deploy']);
    const resumed = await ship(ctx, await at('k1', true));
    expect(ran.splice(0)).toEqual(['deploy']);
    expect(resumed.stages.map(({ before, summary }) => [before, summary])).toEqual([
      [true, '5 passed'],
      [true, '4 MB'],
      [false, 'well'],
    ]);
    await ship(ctx, await at('k2', true));
    expect(ran.splice(0)).toEqual(['tests', 'build', 'deploy']);
  });

  test('what was undone has not passed', async () => {
    const ctx = testCtx();
    const { stage, ran } = row();
    const stages = (verify: StageResult | Error) => [
      stage('deploy', good(''), { ...keyed('k'), ...undo(ran, 'deploy') }),
      stage('verify', verify),
    ];
    await ship(ctx, await planOf(ctx, stages(new ToolError('NETWORK', 'no'))));
    ran.length = 0;
    await ship(ctx, await planOf(ctx, stages(good('')), { resume: true }));
    expect(ran).toEqual(['deploy', 'verify']);
  });

  test('is of one project and environment, and without a key nothing is kept', async () => {
    const ctx = testCtx();
    const { cache } = await openStore(ctx);
    const memory = openMemory(cache, '/a', undefined);
    await memory.keep('tests', 'k', good('x'));
    expect(await memory.recall('tests', 'k')).toEqual(good('x'));
    expect(await memory.recall('tests', undefined)).toBeUndefined();
    expect(await openMemory(cache, '/a', 'staging').recall('tests', 'k')).toBeUndefined();
    expect(await openMemory(cache, '/b', undefined).recall('tests', 'k')).toBeUndefined();
  });
});

describe('which stages run', () => {
  const all = ['config', 'tests', 'build', 'deploy'];
  const none = { skip: [], only: [], from: undefined };
  const left = (choice: Partial<Parameters<typeof leftOut>[0]>): unknown =>
    Object.fromEntries(leftOut({ ...none, ...choice }, all));

  test('all but those that are left out', () => {
    expect(left({})).toEqual({});
    expect(left({ skip: ['tests,build', 'deploy'] })).toEqual({
      tests: '--skip',
      build: '--skip',
      deploy: '--skip',
    });
    expect(left({ only: ['build'] })).toEqual({ config: '--only', tests: '--only', deploy: '--only' });
    expect(left({ from: 'build', skip: ['build'] })).toEqual({
      config: '--from',
      tests: '--from',
      build: '--skip',
    });
  });

  test('names that are not there, and nothing to do, are told', () => {
    expect(() => left({ skip: ['test'] })).toThrow(/no stage "test"/);
    expect(() => left({ only: ['tests'], skip: ['tests'] })).toThrow(/no stage is left/);
  });
});
