import { describe, expect, test } from 'vitest';
import { readEntry } from '../../../src/deploy/look/logs/parse/entry.ts';
import type { ReadLine } from '../../../src/deploy/look/logs/select.ts';
import type { FleetStats, ReleaseStats } from '../../../src/deploy/look/stats/stats.ts';
import type { FleetStatus, HostStatus, PlacedRelease } from '../../../src/deploy/types.ts';
import { renderFailed } from '../../../src/render/deploy/failed.ts';
import { renderHistory } from '../../../src/render/deploy/history.ts';
import { logDocument } from '../../../src/render/deploy/log-document.ts';
import { logView } from '../../../src/render/deploy/log-lines.ts';
import { prefixed } from '../../../src/render/deploy/prefixed.ts';
import { renderStats } from '../../../src/render/deploy/stats.ts';
import { renderStatus, since } from '../../../src/render/deploy/status.ts';
import { styleFor } from '../../../src/render/style.ts';
import { displayWidth } from '../../../src/render/width.ts';
import { parseJson } from '../../support/json.ts';

const plain = styleFor(false);
const release = '20261122-004512-1a2b3c4';
const next = '20261122-010000-9f9f9f9';
const at = Date.UTC(2026, 10, 22, 0, 45, 12) * 1000 + 123_456;

function line(text: string, more: Partial<ReadLine['line']> = {}): ReadLine {
  const own = { host: 'web1', release, at, stamp: '', text, ...more };
  return { at: own.at, entry: readEntry(text), line: own };
}

describe('lines of logs', () => {
  const written = (...lines: readonly ReadLine[]): string =>
    logView({ style: plain, hosts: ['web1', 'frontend'], live: false }).lines(lines);

  test('stand in columns: time, host, level, message, fields', () => {
    const text = written(
      line('{"level":"warn","msg":"slow","took":1.5,"request":{"method":"GET","path":"/a b"},"err":null}'),
      line('listening on :8080', { host: 'frontend' }),
    );
    expect(text.split('\n')).toEqual([
      '2026-11-22T00:45:12.123Z web1     WARN  slow                             took=1.5 request.method=GET request.path="/a b" err=null',
      '2026-11-22T00:45:12.123Z frontend       listening on :8080',
      '',
    ]);
  });

  test('say the release once there are two', () => {
    const text = written(line('a'), line('b', { release: next }), line('c'));
    expect(text.split('\n').map((each) => each.slice(25))).toEqual([
      'web1           a',
      'web1     9f9f9f9       b',
      'web1     1a2b3c4       c',
      '',
    ]);
  });

  test('have what is of several lines below', () => {
    const text = written(line(JSON.stringify({ level: 'error', msg: 'one\ntwo', stack: 'a()\n\tb()' })));
    expect(text.split('\n').slice(1)).toEqual(['    two', '    stack:', '      a()', '      \tb()', '']);
  });

  test('let nothing through that a terminal obeys', () => {
    const text = written(
      line(JSON.stringify({ msg: 'a\u001B[2Jb', 'k\u001B]0;x\u0007': '\u001B[31mv\u009B' })),
      line('\u001B]52;c;x\u0007plain', { host: 'we\u001Bb', release: '\u001B[1m' }),
    );
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
  });

  test('on a terminal have times of day, and the date when it changes', () => {
    const view = logView({ style: plain, hosts: [], live: true });
    const text = view.lines([line('a'), line('b'), line('c', { at: at + 24 * 3600e6 })]);
    const lines = text.split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(/^2026-11-2\d$/);
    expect(lines[1]).toMatch(/^\d\d:\d\d:\d\d\.123 +a$/);
    expect(lines[3]).not.toBe(lines[0]);
  });

  test('as JSON are a document each, with fields as they were', () => {
    const document = parseJson(logDocument(line('{"level":"info","msg":"m","n":1,"o":{"p":[1]}}')));
    expect(document).toEqual({
      schema: 'coracle.log-line/v1',
      time: '2026-11-22T00:45:12.123Z',
      stamp: '',
      host: 'web1',
      release,
      level: 'info',
      message: 'm',
      fields: { n: 1, o: { p: [1] } },
      text: '{"level":"info","msg":"m","n":1,"o":{"p":[1]}}',
    });
  });

  test('that are nested beyond the stack are shown all the same', () => {
    const deep = `{"msg":"m","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(written(line(deep))).toContain('x=…');
    expect(parseJson(logDocument(line(deep)))).toMatchObject({ message: 'm' });
  });
});

describe('status', () => {
  const placed = (id: string): PlacedRelease => ({
    release: { id, service: 'api', image: `sha256:${'1'.repeat(64)}`, version: '1', by: 'ana@laptop', at: 0 },
    slot: 'a',
    container: `api-${id}`,
    port: 20_001,
    running: true,
  });
  const host = (name: string, more: Partial<HostStatus> = {}): HostStatus => ({
    host: name,
    facts: undefined,
    state: {
      current: placed(release),
      previous: undefined,
      pending: undefined,
      strays: [],
      lock: undefined,
    },
    container: { running: true, restarts: 0, startedAt: '2026-11-22T00:00:00.5Z' },
    proxy: 'running',
    ...more,
  });
  const status = (...hosts: readonly HostStatus[]): FleetStatus => ({
    service: 'api',
    environment: undefined,
    state: 'split',
    summary: 'Hosts differ.',
    next: 'coracle deploy',
    hosts,
  });
  const now = Date.parse('2026-11-22T02:00:00Z');

  test('has a row for each host, what is unusual below it, and what to do', () => {
    const text = renderStatus(
      status(
        host('web1'),
        host('web2', {
          container: { running: true, restarts: 3, startedAt: '2026-11-22 01:59:30.1 +0000 UTC' },
          state: {
            current: placed(release),
            previous: undefined,
            pending: { ...placed(next), armed: true, left: 12_300, prepared: false },
            strays: ['api-x'],
            lock: { by: 'ana@laptop', what: 'deploy', since: 0 },
          },
        }),
        host('web3', {
          state: undefined,
          container: undefined,
          proxy: undefined,
          error: { code: 'HOST_UNREACHABLE', message: 'web3 does not answer' },
        }),
      ),
      now,
      plain,
      80,
    );
    expect(text.split('\n')).toEqual([
      'api  split',
      'Hosts differ.',
      '',
      'HOST  RELEASE                  SINCE  STATE                PROXY    RUNTIME',
      `web1  ${release}  2 h    running              running  -`,
      `web2  ${release}  30 s   running, 3 restarts  running  -`,
      '  locked by ana@laptop: deploy',
      `  ${next} is not confirmed; goes back by itself in 13 s`,
      '  containers that no record knows: api-x',
      'web3  unknown                  -      -                    -        -',
      '  web3 does not answer',
      '',
      'hint: coracle deploy',
    ]);
  });

  test('leaves the runtime out where there is no room', () => {
    const facts = {
      runtime: 'docker',
      rootless: false,
      runtimeVersion: '27.0.3+dfsg1',
      platform: 'linux/amd64',
      os: 'Debian',
      cpus: 2,
      memory: 1,
      freeBytes: 1,
      clockAhead: 0,
      boot: '',
      directory: '/var/lib/coracle',
    } as const;
    const narrow = renderStatus(status(host('a-host-with-a-name', { facts })), now, plain, 80);
    expect(Math.max(...narrow.split('\n').map((each) => displayWidth(each)))).toBeLessThanOrEqual(80);
    expect(narrow).not.toContain('docker');
    expect(renderStatus(status(host('web1', { facts })), now, plain, 120)).toContain('docker 27.0.3+dfsg1');
  });

  test.each([
    ['2026-11-22T01:59:59Z', '1 s'],
    ['2026-11-22T03:00:00Z', '0 s'],
    ['2026-11-12T02:00:00Z', '10 d'],
    ['nonsense', '?'],
  ])('%s is since %s', (started, words) => {
    expect(since(started, now)).toBe(words);
  });
});

describe('stats', () => {
  const one = (more: Partial<ReleaseStats> = {}): ReleaseStats => ({
    release,
    role: 'current',
    cpu: 12.34,
    memory: 19 * 1024 ** 2,
    limit: 64 * 1024 ** 2,
    restarts: 0,
    requests: 341.2,
    errors: 0,
    sessions: 2,
    latency: { p50: 1, p95: 8, p99: 1200 },
    ...more,
  });
  const stats = (...releases: readonly ReleaseStats[]): FleetStats => ({
    service: 'api',
    at: 0,
    hosts: [
      { host: 'web1', releases },
      { host: 'a-host-with-a-very-long-name', releases: [one()] },
      { host: 'web3', error: 'web3 does not answer', releases: [] },
    ],
    releases: [{ release, requests: 682, errors: 0.25, latency: { p50: 1, p95: 8, p99: 9 } }],
    total: { release: '', requests: 682, errors: 0.25, latency: { p50: 1, p95: 8, p99: 9 } },
  });

  test('fit in 80 columns', () => {
    const text = renderStats(stats(one(), one({ release: next, role: 'new', errors: 3 })), plain, 80);
    expect(text.split('\n')).toEqual([
      'HOST            RELEASE      CPU         MEMORY  REST  REQ/S  ERR/S  P50   P99',
      'web1            1a2b3c4      12%  19.0/64.0 MiB     0    341      0  1ms  1.2s',
      '                9f9f9f9 new  12%  19.0/64.0 MiB     0    341    3.0  1ms  1.2s',
      'a-host-with-a…  1a2b3c4      12%  19.0/64.0 MiB     0    341      0  1ms  1.2s',
      'web3            web3 does not answer',
      'total                                                    682    0.3  1ms   9ms',
    ]);
  });

  test.each([
    [2.1 * 1024 ** 2, 24 * 1024 ** 3, ' 2.1 MiB '],
    [2.1 * 1024 ** 3, 24 * 1024 ** 3, ' 2.1/24.0 GiB '],
    [0.4 * 1024 ** 2, 0, ' 0.4 MiB '],
    [200 * 1024 ** 2, 1024 ** 3, ' 200/1024 MiB '],
  ])('memory of %d of %d', (memory, limit, words) => {
    expect(renderStats(stats(one({ memory, limit })), plain, 80)).toContain(words);
  });

  test('have one quantile more where there is room', () => {
    expect(renderStats(stats(one()), plain, 120)).toContain('P95');
  });
});

describe('the rest', () => {
  test('history: a row, and below it what it rests on, within the columns', () => {
    const text = renderHistory(
      {
        deeds: [
          {
            at: at / 1000,
            what: 'deploy',
            by: 'ana@laptop',
            release: next,
            from: [release],
            to: [release],
            verdict: 'fail',
            evidence: [
              '42 of 900 requests failed (4.7 %), the old release 0 of 8,000: more than 1 % is allowed',
            ],
            hosts: ['web1', 'web2'],
          },
        ],
        hosts: ['web1', 'web2'],
        unreachable: [],
      },
      20,
      plain,
      80,
    );
    const lines = text.split('\n');
    expect(lines[0]).toMatch(
      /^2026-11-2\d \d\d:\d\d {2}deploy {2}20261122-010000-9f9f9f9 {2}fail {2}all 2 hosts$/,
    );
    expect(
      lines
        .slice(1)
        .map((each) => each.trim())
        .join(' '),
    ).toContain(`by ana@laptop; from ${release}; ${release} serves; 42 of`);
    expect(Math.max(...lines.map((each) => displayWidth(each)))).toBeLessThanOrEqual(80);
  });

  test('what was kept of a failed release: how it ended, its lines', () => {
    const inspect = JSON.stringify({ state: { ExitCode: 137, OOMKilled: true, Error: '' } });
    const text = renderFailed(
      [{ host: 'web1', release, inspect, log: 'starting\n\u001B[2Jkilled\n' }],
      plain,
    );
    expect(text.split('\n')).toEqual([
      `web1  ${release}`,
      '  exit code 137, killed for its memory',
      '  | starting',
      '  | killed',
    ]);
  });

  test('output of several hosts is told apart, line by line', () => {
    const output = prefixed('h1', ['h1', 'host2'], plain);
    expect(output.push('stdout', 'one\ntw')).toBe('h1    | one\n');
    expect(output.push('stderr', 'err\n')).toBe('h1    | err\n');
    expect(output.push('stdout', 'o\n')).toBe('h1    | two\n');
    expect(output.rest('stdout')).toBe('');
    expect(output.push('stdout', 'end')).toBe('');
    expect(output.rest('stdout')).toBe('h1    | end\n');
  });
});
