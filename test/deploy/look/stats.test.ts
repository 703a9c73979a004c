import { describe, expect, test } from 'vitest';
import { quantilesOf, totalOf, trafficWindow } from '../../../src/deploy/look/stats/traffic.ts';
import { readUsage } from '../../../src/deploy/look/stats/usage.ts';
import type { ProxiedRequest, SlotCounters } from '../../../src/proxy/types.ts';

describe('what a container uses', () => {
  test('as Docker says it, an object on a line', () => {
    const text = [
      '{"BlockIO":"0B / 0B","CPUPerc":"12.34%","Container":"t1","MemPerc":"0.00%","MemUsage":"776KiB / 23.54GiB","Name":"t1","PIDs":"2"}',
      '{"CPUPerc":"0.00%","MemUsage":"12.5MiB / 64MiB","Name":"t2","PIDs":"1"}',
      'WARNING: something else',
      '{"Name":"--","CPUPerc":"--","MemUsage":"-- / --"}',
    ].join('\n');
    expect(readUsage(text)).toEqual([
      { name: 't1', cpu: 12.34, memory: 794_624, limit: 25_275_882_537, pids: 2, cpuTime: undefined },
      { name: 't2', cpu: 0, memory: 13_107_200, limit: 67_108_864, pids: 1, cpuTime: undefined },
    ]);
  });

  test('as Podman says it, a list', () => {
    const text = `[
 {
  "id": "a89fa13e1c36", "name": "t1", "cpu_time": "1m2.5s", "cpu_percent": "1.95%",
  "mem_usage": "766kB / 67.11MB", "pids": "2"
 }
]`;
    expect(readUsage(text)).toEqual([
      { name: 't1', cpu: 1.95, memory: 766_000, limit: 67_110_000, pids: 2, cpuTime: 62_500 },
    ]);
  });

  test.each(['', '[', '{"Name":"\\u001b[2J","MemUsage":"1B / 1B"}', '[[1]]', 'null', '{"Name":7}'])(
    'nothing is made of %j',
    (text) => {
      expect(readUsage(text)).toEqual([]);
    },
  );
});

describe('traffic over the last seconds', () => {
  const counters = (requests: number, bad: number, slot: 'a' | 'b' = 'a'): SlotCounters => ({
    slot,
    status: 'UP',
    check: '',
    weight: 100,
    sessions: 3,
    requests,
    responses: { '1xx': 0, '2xx': requests - bad, '3xx': 0, '4xx': 0, '5xx': bad, other: 0 },
    errors: 0,
  });
  const request = (response: number, more: Partial<ProxiedRequest> = {}): ProxiedRequest => ({
    service: 'api',
    slot: 'a',
    status: 200,
    total: response,
    response,
    ended: '--',
    ...more,
  });

  test('rates are those between looks, and forget what is long ago', () => {
    const window = trafficWindow('api');
    window.counters([counters(1000, 0)], 0);
    expect(window.read('a', 0)).toBeUndefined();
    window.counters([counters(1200, 20)], 2000);
    expect(window.read('a', 2000)).toMatchObject({ requests: 100, errors: 10, sessions: 3, weight: 100 });
    for (let second = 3; second <= 20; second++) window.counters([counters(1200, 20)], second * 1000);
    expect(window.read('a', 20_000)).toMatchObject({ requests: 0, errors: 0 });
  });

  test('a proxy that was started anew does not make rates of its old counters', () => {
    const window = trafficWindow('api');
    window.counters([counters(100_000, 0)], 0);
    window.counters([counters(50, 0)], 1000);
    expect(window.read('a', 1000)).toBeUndefined();
    window.counters([counters(60, 0)], 2000);
    expect(window.read('a', 2000)?.requests).toBe(10);
  });

  test('latencies are those of this service and slot, and of the last seconds', () => {
    const window = trafficWindow('api');
    window.counters([counters(1, 0), counters(1, 0, 'b')], 0);
    window.counters([counters(2, 0), counters(2, 0, 'b')], 1000);
    for (let count = 0; count < 98; count++) window.request(request(10), 1000);
    window.request(request(50), 1000);
    window.request(request(50), 1000);
    window.request(request(9000, { service: 'other' }), 1000);
    window.request(request(7, { slot: 'b' }), 1000);
    const a = window.read('a', 1500);
    expect(a && quantilesOf(a.latencies)).toEqual({ p50: 10, p95: 10, p99: 50 });
    const b = window.read('b', 1500);
    expect(b && quantilesOf(b.latencies).p50).toBe(7);
    expect(a && b && quantilesOf(totalOf([a, b]).latencies).p50).toBe(10);
    const later = window.read('a', 30_000);
    expect(later && quantilesOf(later.latencies)).toEqual({ p50: undefined, p95: undefined, p99: undefined });
  });
});
