import { expect, test } from 'vitest';
import { fleetState } from '../../src/deploy/status.ts';
import type { HostStatus, PlacedRelease, ServiceState } from '../../src/deploy/types.ts';

function placed(id: string): PlacedRelease {
  return {
    release: { id, service: 'api', image: 'sha256:', version: id, by: 'ana', at: 0 },
    ...{ slot: 'a', container: `api-${id}`, port: 20_001, running: true },
  };
}

function host(name: string, serves: string | undefined, more: Partial<ServiceState> = {}): HostStatus {
  const current = serves === undefined ? undefined : placed(serves);
  return {
    ...{ host: name, facts: undefined, proxy: 'running' as const },
    state: { current, previous: undefined, pending: undefined, strays: [], lock: undefined, ...more },
    container: current && { running: true, restarts: 0, startedAt: '' },
  };
}

const state = (...hosts: HostStatus[]): ReturnType<typeof fleetState> =>
  fleetState(hosts, { environment: 'production' });

test('one version', () => {
  expect(state(host('a', 'r1'), host('b', 'r1'))).toEqual({
    state: 'one version',
    summary: 'r1 serves on all 2 hosts.',
  });
});

test('one version that does not run everywhere says so, and what resolves it', () => {
  const down: HostStatus = { ...host('b', 'r1'), container: { running: false, restarts: 0, startedAt: '' } };
  expect(state(host('a', 'r1'), down, { ...host('c', 'r1'), proxy: 'stopped' })).toEqual({
    state: 'one version',
    summary: 'r1 is deployed everywhere, but it does not run on b, and the proxy does not run on c.',
    next: 'coracle deploy production',
  });
});

test('nothing at all', () => {
  expect(state(host('a', undefined)).state).toBe('not deployed');
});

test('different releases, or none on some, is split', () => {
  expect(state(host('a', 'r1'), host('b', 'r2'))).toMatchObject({
    state: 'split',
    next: 'coracle deploy production',
  });
  expect(state(host('a', 'r1'), host('b', undefined)).summary).toBe(
    'Hosts serve different releases: a r1, b nothing.',
  );
});

test('a lock that is held says who holds it, whatever else is pending', () => {
  const pending = { ...placed('r2'), armed: true, left: 1500, prepared: false };
  const lock = { by: 'ana@laptop', what: 'deploy of 1.4', since: 0 };
  expect(state(host('a', 'r1', { lock, pending }))).toEqual({
    state: 'deploying',
    summary: 'ana@laptop holds the lock: deploy of 1.4.',
  });
  expect(state(host('a', 'r1', { pending }))).toMatchObject({
    state: 'going back',
    summary: 'A release was not confirmed; hosts go back by themselves: a in 2 s.',
  });
});

test('a host that cannot be reached is named, with what the others serve', () => {
  const lost: HostStatus = {
    ...{ host: 'b', facts: undefined, state: undefined, container: undefined, proxy: undefined },
    error: { code: 'HOST_UNREACHABLE', message: 'no route' },
  };
  expect(state(host('a', 'r1'), lost)).toMatchObject({
    state: 'unreachable',
    summary: 'b cannot be reached. The others serve r1.',
  });
  expect(state(lost)).toMatchObject({ state: 'unreachable', summary: 'b cannot be reached.' });
});
