import type { StrategyConfig } from '../../config/deploy.ts';
import type { DeploySettings, JudgeSettings, Strategy } from '../types.ts';
import type { Keys, Reader } from './reader.ts';

const steps = ['5%', '25%', '100%'];
const pauses = { rolling: '5s', canary: '10s' };

/** @throws ToolError CONFIG_INVALID */
export function strategyOf(reader: Reader, hosts: number): Strategy {
  const { strategy } = reader.deploy;
  const said: StrategyConfig = typeof strategy === 'string' ? { type: strategy } : strategy;
  const type = said.type ?? (said.steps ? 'canary' : said.batch === undefined ? 'all' : 'rolling');
  const pause = (): number =>
    reader.time(['strategy', 'pause'], said.pause ?? pauses[type === 'canary' ? 'canary' : 'rolling']);
  refuse(reader, type, said);
  if (type === 'all') return { type };
  if (type === 'rolling') return { type, batch: batchOf(reader, said.batch ?? '1', hosts), pause: pause() };
  return { type, steps: stepsOf(reader, said.steps ?? steps), pause: pause() };
}

/** Throws at a key that says something of another strategy: nobody would see that it does nothing. */
function refuse(reader: Reader, type: string, said: StrategyConfig): void {
  const takes: Readonly<Record<string, readonly string[]>> = {
    all: [],
    rolling: ['batch', 'pause'],
    canary: ['steps', 'pause'],
  };
  const key = Object.keys(said).find((each) => each !== 'type' && !takes[type]?.includes(each));
  if (key === undefined) return;
  throw reader.fail(
    ['strategy', key],
    `a strategy of ${type} has no ${key}`,
    `In an environment, ${key}: null takes away what is below.`,
  );
}

function batchOf(reader: Reader, text: string, hosts: number): number {
  const keys = ['strategy', 'batch'];
  if (text.endsWith('%')) return Math.max(1, Math.floor(reader.share(keys, text) * hosts));
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw reader.fail(keys, `${JSON.stringify(text)} is no number of hosts`, 'Write it as 1, or as 25%.');
}

function stepsOf(reader: Reader, texts: readonly string[]): readonly number[] {
  const keys = (index: number): Keys => ['strategy', 'steps', index];
  const shares = texts.map((text, index) => {
    const form = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text);
    const share = Number(form?.[1]);
    if (share > 0 && share <= 100) return share;
    throw reader.fail(keys(index), `${JSON.stringify(text)} is no share of the requests`, 'Write it as 5%.');
  });
  const falling = shares.findIndex((share, index) => share <= (shares[index - 1] ?? 0));
  if (falling > 0) throw reader.fail(keys(falling), 'steps must rise', 'For example [5%, 25%, 100%].');
  if (shares.at(-1) !== 100) {
    throw reader.fail(['strategy', 'steps'], 'the last step must be 100%', 'For example [5%, 25%, 100%].');
  }
  return shares;
}

/** @throws ToolError CONFIG_INVALID */
export function judgeOf(reader: Reader, strategy: Strategy): JudgeSettings {
  const { judge } = reader.deploy;
  const quantile = reader.share(['judge', 'quantile'], judge.quantile);
  if (quantile <= 0 || quantile >= 1)
    throw reader.fail(['judge', 'quantile'], 'it is between 0% and 100%', 'Write it as 95%.');
  judge.prometheus.forEach(({ max, min }, index) => {
    if (max === undefined && min === undefined)
      throw reader.fail(['judge', 'prometheus', index], 'it has no limit', 'Write max: 0.01, or min.');
  });
  return {
    window: reader.time(['judge', 'window'], judge.window),
    sample: judge.sample,
    errorRate: reader.share(['judge', 'errorRate'], judge.errorRate),
    errorRatio: judge.errorRatio,
    quantile,
    latencyRatio: judge.latencyRatio,
    latencyFloor: reader.time(['judge', 'latencyFloor'], judge.latencyFloor),
    prometheus: judge.prometheus,
    noData: judge.noData ?? noDataOf(strategy),
  };
}

/** Who chose to go in steps wants to see requests; who did not has been proven ready, and no more was asked. */
export function noDataOf(strategy: Strategy): DeploySettings['judge']['noData'] {
  return strategy.type === 'all' ? 'pass' : 'fail';
}
