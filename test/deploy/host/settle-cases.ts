import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadLibrary, readLibrary } from '../../../src/deploy/host/library.ts';
import type { HostAgent } from '../../../src/deploy/host/types.ts';
import { openProxySocket } from '../../../src/proxy/socket.ts';
import type { PlacedRelease } from '../../../src/deploy/types.ts';
import { hasHosts, type HostSpec } from '../../components/hosts.ts';
import { describeWith, installed } from '../../components/program.ts';
import {
  confirmed,
  nameOf,
  newSpec,
  openHosts,
  proxyPort,
  restartHostProxy,
  startHostProxy,
  until,
  type OpenHost,
} from './open-hosts.ts';

export const operations = ['op_arm', 'op_commit', 'op_revert', 'op_switch'] as const;

/**
 * A host that is behind its proxy.
 * @param killed what is killed at each of its steps
 */
export function settleCases(spec: HostSpec, killed: readonly (typeof operations)[number][]): void {
  describeWith([hasHosts, installed('haproxy')], `a host behind its proxy: ${nameOf(spec)}`, () => {
    let opened: Awaited<ReturnType<typeof openHosts>>;
    let open: OpenHost;
    let agent: HostAgent;
    beforeAll(async () => {
      opened = await openHosts([spec]);
      const [first] = opened.hosts;
      if (!first) throw new Error('no host');
      open = first;
      agent = await open.agent('api');
      await startHostProxy(open, agent);
      const placed = await confirmed(agent, newSpec(open, 'api'));
      await until('the first release', async () => (await answer(open)) === placed.release.id);
    });
    afterAll(async () => opened?.stop());

    test('a confirmed release has all requests, also after the proxy was started again', async () => {
      const old = await current(agent);
      const fresh = await shifted(open, agent);
      expect(await answer(open)).toBe(fresh.release.id);
      await restartHostProxy(open, agent);
      expect(await answer(open)).toBe(old.release.id);
      await shift(open, agent, old, fresh);
      await agent.prepare(fresh.release.id);
      await agent.commit(fresh.release.id);
      expect(await answer(open)).toBe(fresh.release.id);
      await restartHostProxy(open, agent);
      expect(await answer(open)).toBe(fresh.release.id);
      await agent.retire(old.slot, 1000, 1000);
      expect((await agent.container(old.container)).running).toBe(false);
    });

    test('going back lets the new release finish what it is answering', async () => {
      const old = await current(agent);
      const fresh = await shifted(open, agent, { grace: 10_000 });
      const slow = answer(open, '/cgi-bin/slow.sh');
      await until('the slow request', async () => (await sessions(open, agent, fresh.slot)) > 0);
      await agent.revert('tried');
      expect(await slow).toBe(`slow ${fresh.release.id}`);
      expect(await answer(open)).toBe(old.release.id);
      expect(await agent.state()).toMatchObject({ current: old, pending: undefined, strays: [] });
    });

    test.each(killed)(
      'whenever %s is killed, the next deploy finds one release that serves',
      async (operation) => {
        // Something to go back to.
        await confirmed(agent, newSpec(open, 'api'));
        await agent.settle();
        for (let step = 1; ; step++) {
          const old = await current(agent);
          const fresh = await begun(open, agent, operation);
          if (operation === 'op_commit') await agent.prepare(fresh.release.id);
          const done = await killedAt(open, agent, operation, step, fresh.release.id);
          await agent.settle();
          const state = await agent.state();
          const serving = state.current?.release.id;
          const of = `${operation} killed at step ${step}`;
          const either = [old.release.id, fresh.release.id].includes(serving ?? '');
          let said = '';
          await until(
            () => `the answer of ${serving} and not ${said}, ${of}`,
            async () => {
              said = await answer(open);
              return said === serving;
            },
          );
          const [names, port, files] = [
            await running(open),
            await fileSays(open, agent),
            await leftovers(open, agent),
          ];
          expect({ of, either, state, names, port, files }).toMatchObject({
            of,
            either: true,
            state: { current: { running: true }, pending: undefined, strays: [] },
            names: [`api-${serving}`],
            port: state.current?.port,
            files: [],
          });
          if (done) {
            expect(serving).toBe(
              ['op_commit', 'op_switch'].includes(operation) ? fresh.release.id : old.release.id,
            );
            expect(step).toBeGreaterThan(3);
            return;
          }
        }
      },
    );

    test('a host that was rebooted with a pending release comes up with the old one', async () => {
      const old = await current(agent);
      const fresh = await shifted(open, agent);
      await agent.prepare(fresh.release.id);
      await open.host.crash();
      await open.host.boot();
      const again = await open.agentOf(await open.connect(), 'api');
      // As podman-restart.service does for a user, too. Podman 4 cannot change a policy: the pending release has it already.
      const podman = spec.engine === 'podman';
      if (podman) await again.remote.run('podman start --all --filter restart-policy=always');
      expect((await again.state()).pending).toMatchObject({ running: podman, prepared: true });
      await until('the old release', async () => (await again.state()).current?.running === true);
      expect(await again.settle()).toContain('went back');
      expect(await again.state()).toMatchObject({ current: old, pending: undefined, strays: [] });
      expect(again.facts.boot).not.toBe(agent.facts.boot);
    });
  });
}

async function current(agent: HostAgent): Promise<PlacedRelease> {
  const state = await agent.state();
  if (!state.current) throw new Error('nothing is confirmed');
  return state.current;
}

/** A new release that is armed and has all requests. */
async function shifted(
  open: OpenHost,
  agent: HostAgent,
  changes: Parameters<typeof newSpec>[2] = {},
): Promise<PlacedRelease> {
  const old = await current(agent);
  const fresh = await agent.start(newSpec(open, 'api', changes));
  await agent.arm(fresh, 100);
  await shift(open, agent, old, fresh);
  return fresh;
}

async function shift(
  open: OpenHost,
  agent: HostAgent,
  old: PlacedRelease,
  fresh: PlacedRelease,
): Promise<void> {
  const lines = [
    `set server api/${fresh.slot} addr 127.0.0.1 port ${fresh.port}`,
    `set server api/${fresh.slot} weight 100`,
    `set server api/${fresh.slot} state ready`,
    `set server api/${old.slot} weight 0`,
  ];
  await tellProxy(open, agent, lines.join('; '));
}

async function tellProxy(open: OpenHost, agent: HostAgent, line: string): Promise<string> {
  const place = `${agent.facts.directory}/proxy/run/haproxy.sock`;
  const socket = await openProxySocket(await open.remote.forwardSocket(place));
  const said = await socket.command(line);
  await socket.close();
  return said;
}

/** Requests that a slot is at. */
async function sessions(open: OpenHost, agent: HostAgent, slot: string): Promise<number> {
  const lines = (await tellProxy(open, agent, 'show stat api 4 -1')).split('\n');
  return Number(lines.find((line) => line.startsWith(`api,${slot},`))?.split(',')[4]);
}

/** What comes before an operation. */
async function begun(open: OpenHost, agent: HostAgent, operation: string): Promise<PlacedRelease> {
  if (operation === 'op_switch') return restarted(agent);
  if (operation === 'op_arm') return agent.start(newSpec(open, 'api'));
  return shifted(open, agent);
}

/** The kept release runs again, as before a rollback. */
async function restarted(agent: HostAgent): Promise<PlacedRelease> {
  const { previous } = await agent.state();
  return agent.restart(previous?.release.id ?? '');
}

/** Runs an operation that is killed before or after the so-many-th thing that lasts. @returns whether it came to its end */
async function killedAt(
  open: OpenHost,
  agent: HostAgent,
  operation: string,
  step: number,
  release: string,
): Promise<boolean> {
  const script = `${loadLibrary}
    steps=0
    step() { steps=$((steps + 1)); [ "$steps" != "$at" ] || kill -9 $$; }
    mv() { step; command mv "$@"; }
    rm() { step; command rm "$@"; }
    rt() {
      step
      if [ "$runtime_name" = - ]; then command "$runtime" "$@"; else command "$runtime" --runtime "$runtime_name" "$@"; fi 7>&- 8>&- 9>&-
    }
    set_proxy() { step; ask_proxy "$1" >/dev/null; }
    ${operation}`;
  const { digest } = readLibrary();
  const { directory } = agent.facts;
  const entry = JSON.stringify({ by: 'ana', what: 'revert', evidence: 'tried' });
  const values = { digest, directory, service: 'api', release, entry, at: String(step), seconds: '100' };
  const exit = await open.remote.run(script, { values });
  // ssh says 255 of what was killed.
  if (![0, 137, 255].includes(exit.code)) throw new Error(`${exit.code}: ${exit.stderr}`);
  return exit.code === 0;
}

async function answer(open: OpenHost, place = '/'): Promise<string> {
  const response = await fetch(`http://${open.host.address}:${proxyPort}${place}`);
  return (await response.text()).trim();
}

async function running(open: OpenHost): Promise<readonly string[]> {
  const names = await open.sh(
    `${open.host.engine} ps --filter label=coracle.service=api --format '{{.Names}}'`,
  );
  return names.split('\n').filter((name) => name !== '');
}

/** The port that a proxy that starts now sends requests to. */
async function fileSays(open: OpenHost, agent: HostAgent): Promise<number> {
  const text = await open.sh(`cat ${agent.facts.directory}/proxy/haproxy.d/api.cfg`);
  const ports = [...text.matchAll(/server [ab] 127\.0\.0\.1:(\d+)(?!.*disabled)/g)].map(([, port]) => port);
  expect(ports).toHaveLength(1);
  return Number(ports[0]);
}

/** Records of something that is not finished. */
async function leftovers(open: OpenHost, agent: HostAgent): Promise<readonly string[]> {
  const { directory } = agent.facts;
  const files = await open.sh(`ls ${directory}/services/api ${directory}/proxy/templates`);
  const lasting = /^(?:state|journal\.jsonl|releases|failed|finishing|beat|holder|lock|api\.cfg\.in|.*:|)$/;
  return files.split('\n').filter((name) => !lasting.test(name));
}
