import { expect } from 'vitest';
import type { FleetStatus } from '../../../src/deploy/types.ts';
import type { Ended, Ground } from '../../e2e/deploy-kit.ts';

/** Longest time that a host may take to go back by itself: `confirm` of the kit, and what a busy machine needs besides. */
const patience = 45_000;

/**
 * What every fault must come to: one version everywhere, by itself; or a state that has a name, with the command that resolves it, which is then
 * run. @param versions of which it may be. @returns the one that it is
 */
export async function settles(ground: Ground, ...versions: readonly string[]): Promise<string> {
  const deadline = Date.now() + patience;
  for (;;) {
    const status = await ground.status();
    const serving = await ground.serving();
    if (isSettled(status) && new Set(serving).size === 1) {
      expect(versions).toContain(serving[0]);
      return serving[0] ?? '';
    }
    // Where no host will go back by itself there is nothing to wait for.
    const waits = status.hosts.some(({ state }) => state === undefined || state.pending?.armed || state.lock);
    if (!waits && status.next !== undefined) return resolved(ground, status, versions);
    if (Date.now() > deadline) throw new Error(`nothing settles it: ${JSON.stringify({ status, serving })}`);
    await sleep(500);
  }
}

function isSettled({ state, hosts }: FleetStatus): boolean {
  return state === 'one version' && hosts.every((host) => host.state?.pending === undefined);
}

/** Resolves when this version answers on all hosts. */
export async function untilServing(ground: Ground, version: string): Promise<void> {
  const deadline = Date.now() + patience;
  let serving = await ground.serving();
  while (serving.some((one) => one !== version) && Date.now() < deadline) {
    await sleep(200);
    serving = await ground.serving();
  }
  expect(serving).toEqual(ground.urls.map(() => version));
}

async function resolved(ground: Ground, status: FleetStatus, versions: readonly string[]): Promise<string> {
  const [coracle, verb, ...words] = (status.next ?? '').split(' ');
  expect({ coracle, verb, status }).toMatchObject({
    coracle: 'coracle',
    verb: expect.stringMatching(/^(deploy|rollback)$/) as unknown,
  });
  // It would build the project, of which there is none here.
  const image = verb === 'deploy' ? ['--image', `web:${versions.at(-1) ?? ''}`] : [];
  await succeeds(ground.begin(verb ?? '', ...image, ...words).ended);
  const serving = await ground.serving();
  expect(new Set(serving).size).toBe(1);
  expect(versions).toContain(serving[0]);
  return serving[0] ?? '';
}

export async function succeeds(running: Promise<Ended>): Promise<void> {
  const { code, result, errors } = await running;
  const said = code === 0 ? '' : `${errors}${result?.summary ?? ''}`;
  expect({ code, said, outcome: result?.outcome }).toEqual({ code: 0, said: '', outcome: 'deployed' });
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
