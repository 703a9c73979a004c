import { expect } from 'vitest';
import type { FleetStatus } from '../../../src/deploy/types.ts';
import type { Ended, Ground } from '../../e2e/deploy-kit.ts';

/** Longest time that a host may take to go back by itself: `confirm` of the kit, and what a busy machine needs besides. */
const patience = 45_000;

/**
 * What every fault must come to: one version everywhere, by itself; or a state that has a name, with the command that resolves it, which is then
 * run. @returns the version
 */
export async function settles(ground: Ground, ...versions: readonly string[]): Promise<string> {
  const deadline = Date.now() + patience;
  let status = await ground.status();
  let serving = await ground.serving();
  while (!isSettled(status, serving)) {
    if (Date.now() > deadline) return resolved(ground, status, versions);
    await sleep(500);
    serving = await ground.serving();
    status = await ground.status();
  }
  expect(versions).toContain(serving[0]);
  return serving[0] ?? '';
}

function isSettled(status: FleetStatus, serving: readonly string[]): boolean {
  const clean = status.hosts.every(({ state }) => state !== undefined && state.pending === undefined);
  return status.state === 'one version' && clean && new Set(serving).size === 1;
}

async function resolved(ground: Ground, status: FleetStatus, versions: readonly string[]): Promise<string> {
  expect(status).toMatchObject({ state: expect.stringMatching(/^(split|deploying|going back)$/) as unknown });
  const [coracle, verb, ...words] = (status.next ?? '').split(' ');
  expect([coracle, verb]).toEqual(['coracle', expect.stringMatching(/^(deploy|rollback)$/)]);
  await succeeds(ground.begin(verb ?? '', ...words).ended);
  const serving = await ground.serving();
  expect(new Set(serving).size).toBe(1);
  expect(versions).toContain(serving[0]);
  return serving[0] ?? '';
}

export async function succeeds(running: Promise<Ended>): Promise<void> {
  const { code, result, errors } = await running;
  expect({ code, outcome: result?.outcome, summary: result?.summary, errors }).toMatchObject({
    code: 0,
    outcome: 'deployed',
  });
}

/** The first release, or the next one: what a test begins with. */
export async function serve(ground: Ground, version: string): Promise<void> {
  await succeeds(ground.deploy('deploy', '--image', await ground.image(version)));
  expect(await ground.serving()).toEqual(ground.urls.map(() => version));
}

export async function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
