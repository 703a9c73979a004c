import { choice, count, duration, keys, list, text, textOrNumber, type Schema } from './kit.ts';

const percent = (description: string, more: Schema = {}): Schema =>
  textOrNumber(description, { examples: ['5%'], ...more });

const names = ['all', 'rolling', 'canary'];

export const strategy: Schema = {
  anyOf: [
    keys('A strategy with more to say of it.', {
      type: choice('Its name.', names),
      batch: textOrNumber('rolling: hosts at a time, or a share of them.', { examples: ['1', '25%'] }),
      steps: list(
        percent('A share.'),
        'canary: shares of the requests that the new release gets, rising to 100%.',
        {
          examples: [['5%', '25%', '100%']],
        },
      ),
      pause: duration('rolling, canary: between two steps.'),
    }),
    choice('Its name.', names),
  ],
  description:
    'How requests come to the new release: all at once, rolling (some hosts at a time) or canary (shares of the requests of every host).',
  default: 'all',
  examples: ['rolling', { type: 'canary', steps: ['5%', '25%', '100%'] }],
};

export const judge = keys(
  'When a step of the new release passes.',
  {
    window: duration('A step is watched for at most so long.', { default: '30s' }),
    sample: count('Requests of the new release below which there is no verdict.', 1, 1_000_000_000, {
      default: 50,
    }),
    errorRate: percent('Share of 5xx and broken answers that it may have.', { default: '1%' }),
    errorRatio: {
      type: 'number',
      minimum: 1,
      maximum: 1000,
      default: 2,
      description: 'How many times the share of the old one; what is within errorRate is well all the same.',
    },
    quantile: textOrNumber('Latencies are compared at this quantile.', {
      default: '95%',
      examples: ['95%', '99%'],
    }),
    latencyRatio: {
      type: 'number',
      minimum: 1,
      maximum: 1000,
      default: 2,
      description: 'How many times as slow as the old one it may be.',
    },
    latencyFloor: duration('Faster than this is never too slow.', { default: '50ms' }),
    prometheus: list(
      keys(
        'A query whose value is held against limits.',
        {
          name: text('What it is called.'),
          url: text('Address of Prometheus.', {
            pattern: '^https?://',
            examples: ['http://prometheus:9090'],
          }),
          query: text('PromQL; {{release}} and {{service}} are filled in.'),
          max: { type: 'number', description: 'More is too much.' },
          min: { type: 'number', description: 'Less is too little.' },
        },
        { required: ['name', 'url', 'query'] },
      ),
      'Queries to ask.',
      { default: [] },
    ),
    noData: choice('What a step counts as that had too few requests until its window was over.', [
      'pass',
      'fail',
    ]),
  },
  { default: {} },
);
