import { expect, test } from 'vitest';
import { deedsOf, type HostEntry } from '../../../src/deploy/look/history.ts';
import type { JournalEntry } from '../../../src/deploy/types.ts';

const entry = (host: string, seconds: number, more: Partial<JournalEntry> = {}): HostEntry => ({
  host,
  at: seconds * 1000,
  entry: { at: '', by: 'ana@laptop', what: 'deploy', release: 'r2', from: 'r1', to: 'r2', ...more },
});

test('what several hosts say of one release is one row, the newest first', () => {
  const deeds = deedsOf([
    entry('web2', 101, { evidence: '0 of 900 requests failed' }),
    entry('web1', 100, { verdict: 'pass', evidence: '0 of 900 requests failed' }),
    entry('web3', 102),
    entry('web1', 500, { what: 'revert', by: 'host', from: 'r2', to: 'r1' }),
    entry('web1', 10, { release: 'r1', to: 'r1' }),
  ]);
  expect(deeds.map(({ what, release, hosts }) => [what, release, hosts])).toEqual([
    ['revert', 'r2', ['web1']],
    ['deploy', 'r2', ['web1', 'web2', 'web3']],
    ['deploy', 'r1', ['web1']],
  ]);
  expect(deeds[1]).toMatchObject({
    at: 100_000,
    by: 'ana@laptop',
    from: ['r1'],
    to: ['r2'],
    verdict: 'pass',
    evidence: ['0 of 900 requests failed'],
  });
});

test('the same deed twice on a host is two rows, and one long after is another', () => {
  const deeds = deedsOf([entry('web1', 100), entry('web1', 101), entry('web2', 102), entry('web2', 900)]);
  expect(deeds.map(({ at, hosts }) => [at, hosts])).toEqual([
    [900_000, ['web2']],
    [101_000, ['web1', 'web2']],
    [100_000, ['web1']],
  ]);
});

test('a verdict that failed on one host is the verdict, and what differs is all said', () => {
  const [deed] = deedsOf([
    entry('web1', 100, { verdict: 'pass', to: 'r2', evidence: 'well' }),
    entry('web2', 100, { verdict: 'fail', to: 'r1', evidence: 'not ready' }),
  ]);
  expect(deed).toMatchObject({ verdict: 'fail', to: ['r2', 'r1'], evidence: ['well', 'not ready'] });
});

test('an entry without a time is passed over', () => {
  expect(deedsOf([{ ...entry('web1', 1), at: Number.NaN }])).toEqual([]);
});
