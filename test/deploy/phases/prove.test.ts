import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { ContainerState } from '../../../src/deploy/host/types.ts';
import { httpProbe, inRange } from '../../../src/deploy/phases/probe.ts';
import type { Answer } from '../../../src/deploy/phases/probe.ts';
import { prove } from '../../../src/deploy/phases/prove.ts';
import type { Proof } from '../../../src/deploy/phases/prove.ts';
import type { HealthSettings, PlacedRelease } from '../../../src/deploy/types.ts';
import { containing } from '../../support/containing.ts';

const health: HealthSettings = {
  ...{ path: '/', port: 80, status: '200', interval: 10, deadline: 100, startPeriod: 0, settle: 50 },
};
const placed: PlacedRelease = {
  release: { id: 'r1', service: 'api', image: 'sha256:', version: '1', by: 'ana', at: 0 },
  ...{ slot: 'a', container: 'api-r1', port: 20_001, running: true },
};
const up: ContainerState = {
  ...{ running: true, exitCode: 0, restarts: 0, oomKilled: false, startedAt: '', error: '' },
};

/** Proves against answers by time, on a clock that goes forward by ten milliseconds with each question. */
async function proved(
  answer: (time: number) => boolean | undefined,
  state: (time: number) => Partial<ContainerState> = () => ({}),
  changes: Partial<HealthSettings> = {},
): Promise<{ ready: number; proof: Proof }> {
  let time = 0;
  const proof: Proof = { last: undefined };
  const world = {
    ask: async (): Promise<Answer | undefined> => {
      time += 10;
      const well = answer(time);
      return Promise.resolve(well === undefined ? undefined : { well, words: well ? '200' : '503: not yet' });
    },
    container: async () => Promise.resolve({ ...up, ...state(time) }),
    clock: () => time,
  };
  const never = new AbortController().signal;
  return { ready: await prove(placed, { ...health, ...changes, interval: 1 }, world, proof, never), proof };
}

test('ready late but in time, and well from then on', async () => {
  const { ready, proof } = await proved((time) => time >= 70);
  expect(ready).toBe(70);
  expect(proof.last).toBe('200');
});

test('never ready fails with the last answer', async () => {
  await expect(proved(() => false)).rejects.toMatchObject({
    code: 'CONTAINER_FAILED',
    message: containing('not ready within 100 ms; its last answer was: 503: not yet'),
  });
});

test('a bad answer after it was ready fails, but not within its start period', async () => {
  const flaps = (time: number): boolean => time !== 30;
  await expect(proved(flaps)).rejects.toThrow('it was ready, and 20 ms later answered: 503');
  expect((await proved(flaps, undefined, { startPeriod: 40 })).ready).toBe(40);
});

test('a start period longer than the deadline is waited for', async () => {
  expect((await proved((time) => time >= 300, undefined, { startPeriod: 400 })).ready).toBe(300);
});

test('a container that ends, is killed for its memory, or is restarted fails at once', async () => {
  await expect(
    proved(
      () => false,
      (time) => ({ running: time < 30, exitCode: 2 }),
    ),
  ).rejects.toThrow('it ended with exit code 2; its last answer was: 503: not yet');
  await expect(
    proved(
      () => true,
      (time) => ({ running: time < 30, oomKilled: true }),
    ),
  ).rejects.toThrow('more memory than it may');
  await expect(
    proved(
      () => true,
      (time) => ({ restarts: time < 30 ? 0 : 1 }),
    ),
  ).rejects.toThrow('it was restarted 1 times');
});

test('with no path to ask, staying up is all', async () => {
  expect((await proved(() => undefined)).proof.last).toBeUndefined();
});

test('an interrupt ends it with the reason of the interrupt', async () => {
  const stop = new AbortController();
  const world = {
    ask: async () => Promise.resolve({ well: false, words: '' }),
    container: async () => Promise.resolve(up),
    clock: () => 0,
  };
  const proving = prove(placed, health, world, { last: undefined }, stop.signal);
  stop.abort(new Error('Ctrl-C'));
  await expect(proving).rejects.toThrow('Ctrl-C');
});

test('a probe asks for the domain, keeps what was answered, and does not follow redirects', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.headers.host} ${request.url}`);
    if (request.url === '/moved') response.writeHead(302, { location: '/' });
    else response.statusCode = request.url === '/' ? 200 : 503;
    response.end(request.url === '/big' ? 'x'.repeat(100_000) : ' no database\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const port = portOf(server);
  const probe = httpProbe();
  const ask = async (path: string): Promise<Answer> =>
    probe(
      { port, path, status: '200-299', domain: 'api.test', patience: 2000 },
      new AbortController().signal,
    );
  expect(await ask('/')).toEqual({ well: true, words: '200: no database' });
  expect(await ask('/bad')).toEqual({ well: false, words: '503: no database' });
  expect((await ask('/moved')).words).toMatch(/^302/);
  expect((await ask('/big')).words.length).toBeLessThan(600);
  expect(asked[0]).toBe('api.test /');
  await new Promise((resolve) => server.close(resolve));
  expect((await ask('/')).well).toBe(false);
});

test('ranges of statuses', () => {
  expect([200, 204, 399, 400].map((status) => inRange(status, '200-399'))).toEqual([true, true, true, false]);
  expect(inRange(404, '200, 404')).toBe(true);
  expect(inRange(500, 'x')).toBe(false);
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
