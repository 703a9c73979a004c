import { expect, test } from 'vitest';
import { targetOf } from '../../src/deploy/rollback-target.ts';
import type { PlacedRelease, ServiceState } from '../../src/deploy/types.ts';

/** Releases are named by when they were deployed. */
function host(current?: number, previous?: number): { readonly state: ServiceState } {
  const placed = (at: number | undefined): PlacedRelease | undefined =>
    at === undefined
      ? undefined
      : {
          release: { id: `r${at}`, service: 'api', image: 'sha256:', version: '', by: '', at },
          ...{ slot: 'a', container: `api-r${at}`, port: 20_000 + at, running: true },
        };
  return {
    state: {
      current: placed(current),
      previous: placed(previous),
      pending: undefined,
      strays: [],
      lock: undefined,
    },
  };
}

test('back is what the newest release replaced', () => {
  expect(targetOf([host(2, 1), host(2, 1)], undefined, false)).toBe('r1');
});

test('a host that was added does not know what was before, and the others do', () => {
  expect(targetOf([host(2), host(2, 1)], undefined, false)).toBe('r1');
});

test('of hosts that serve different releases the older one', () => {
  expect(targetOf([host(1), host(2, 1)], undefined, false)).toBe('r1');
  expect(targetOf([host(undefined), host(2, 1)], undefined, false)).toBe('r1');
});

test('a pending release that was taken back is all that is undone', () => {
  expect(targetOf([host(2, 1), host(2, 1)], undefined, true)).toBe('r2');
});

test('a pending release that some host had confirmed is undone there too', () => {
  expect(targetOf([host(2, 1), host(1)], undefined, true)).toBe('r1');
});

test('what is asked for by name is not looked up here', () => {
  expect(targetOf([host(2, 1)], 'r0', false)).toBe('r0');
});

test('with nothing before there is no way back', () => {
  expect(() => targetOf([host(1)], undefined, false)).toThrow('no host has kept an earlier release');
  expect(() => targetOf([host()], undefined, true)).toThrow('no host has kept an earlier release');
});
