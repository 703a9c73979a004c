import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openFleet, type Fleet, type FleetHost } from '../../../src/deploy/fleet.ts';
import type { DeployOptions, DeploySettings, Release } from '../../../src/deploy/types.ts';
import { startHosts, type HostSpec, type TestHosts } from '../../components/hosts.ts';
import { makeCtx } from '../../../src/core/make-ctx.ts';
import type { Ctx } from '../../../src/core/ctx.ts';

/** Hosts with one service on them, a program of sh, for trying what looks at a fleet. */
export interface ServiceFleet {
  readonly hosts: TestHosts;
  readonly settings: DeploySettings;
  readonly options: DeployOptions;
  /** Starts a release on a host that writes what `command` says; `confirm` makes it the current one. */
  release(host: number, id: string, command: string, confirm?: boolean): Promise<void>;
  open(): Promise<Fleet>;
  stop(): Promise<void>;
}

/** One that is not bound to a test, as hosts serve several. */
export function fleetCtx(signal: AbortSignal = new AbortController().signal): Ctx {
  return makeCtx(
    { ...process.env, CORACLE_HOME: path.join(tmpdir(), 'coracle-no-home') },
    tmpdir(),
    signal,
    () => undefined,
  );
}

export const service = 'api-test';

export async function startServiceFleet(specs: readonly HostSpec[]): Promise<ServiceFleet> {
  const hosts = await startHosts(specs);
  const settings = settingsOf(hosts);
  const options: DeployOptions = { by: 'test@here', sshConfig: hosts.configFile };
  const ctx = fleetCtx();
  const open = async (): Promise<Fleet> => openFleet(ctx, settings, options);
  try {
    const image = busybox();
    const fleet = await open();
    await Promise.all(fleet.hosts.map(async (host) => load(host, image)));
    await fleet.close();
  } catch (error) {
    await hosts.stop();
    throw error;
  }
  return {
    hosts,
    settings,
    options,
    open,
    async release(at, id, command, confirm = true) {
      const fleet = await open();
      try {
        const host = fleet.hosts[at];
        if (!host) throw new Error('there is no such host');
        await place(host, settings, id, command, confirm);
      } finally {
        await fleet.close();
      }
    },
    stop: async () => hosts.stop(),
  };
}

async function place(
  { agent }: FleetHost,
  settings: DeploySettings,
  id: string,
  command: string,
  confirm: boolean,
): Promise<void> {
  const release: Release = {
    id,
    service,
    image: `sha256:${'1'.repeat(64)}`,
    version: '1',
    by: 'test@here',
    at: 1_763_772_312_000,
  };
  const container = { ...settings.container, command: ['sh', '-c', command] };
  const placed = await agent.start({ release, image: 'coracle-busybox', settings: container, values: {} });
  if (!confirm) return;
  await agent.arm(placed, 60);
  await agent.prepare(id);
  await agent.commit(id);
}

function busybox(): Buffer {
  const root = mkdtempSync(path.join(tmpdir(), 'coracle-busybox-'));
  mkdirSync(path.join(root, 'bin'));
  cpSync('/bin/busybox', path.join(root, 'bin/busybox'));
  for (const name of ['sh', 'cat', 'echo', 'sleep', 'seq', 'env', 'tty', 'wc'])
    symlinkSync('busybox', path.join(root, 'bin', name));
  const tar = execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 1e8 });
  rmSync(root, { recursive: true });
  return tar;
}

async function load({ remote, agent }: FleetHost, image: Buffer): Promise<void> {
  const { runtime } = agent.facts;
  const exit = await remote.run(`${runtime} import - coracle-busybox >/dev/null`, { input: image });
  if (exit.code !== 0) throw new Error(exit.stderr);
}

function settingsOf({ hosts }: TestHosts): DeploySettings {
  return {
    service,
    environment: 'test',
    hosts: hosts.map(({ name }) => ({ name, address: name, labels: {}, roles: [] })),
    proxy: undefined,
    container: {
      port: 8080,
      portVariable: 'PORT',
      network: 'host',
      ports: [],
      env: {},
      secrets: [],
      volumes: [],
      memory: 64 * 1024 * 1024,
      pids: 100,
      readOnly: true,
      tmpfs: [],
      dropCapabilities: ['ALL'],
      addCapabilities: [],
      noNewPrivileges: true,
      log: { size: 1_000_000, files: 2 },
      restart: 'unless-stopped',
      grace: 1000,
    },
    health: {
      path: undefined,
      port: 8080,
      status: '200',
      interval: 1000,
      deadline: 10_000,
      startPeriod: 0,
      settle: 0,
    },
    strategy: { type: 'all' },
    judge: {
      window: 1000,
      sample: 1,
      errorRate: 1,
      errorRatio: 1,
      quantile: 0.95,
      latencyRatio: 2,
      latencyFloor: 10,
      prometheus: [],
      noData: 'pass',
    },
    confirm: 30_000,
    drain: 1000,
    keep: { releases: 3 },
    jobs: { before: [], after: [] },
    accessories: [],
    images: 'ssh',
    parallel: 4,
  };
}
