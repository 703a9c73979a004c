/** Deploys and rollbacks onto the hosts of model.ts, with everything that takes time made short. */
import { deploy } from '../../src/deploy/deploy.ts';
import type { Parts } from '../../src/deploy/parts.ts';
import { rollback } from '../../src/deploy/rollback.ts';
import type { DeployImage, DeployResult, DeploySettings } from '../../src/deploy/types.ts';
import { ToolError, isToolError, messageOf } from '../../src/core/errors.ts';
import { testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import type { Quality, World } from './model.ts';

export function modelSettings(world: World, changes: Partial<DeploySettings> = {}): DeploySettings {
  const tls = { mode: 'off' as const };
  return {
    service: 'api',
    environment: 'production',
    hosts: world.hosts.map(({ fleetHost }) => fleetHost.host),
    proxy: {
      service: { domains: ['api.test'], paths: ['/'], tls, retry: ['GET'], timeout: 60_000 },
      ...{ httpPort: 80, httpsPort: 443, metricsPort: 9101, tls },
    },
    container: {
      ...{
        port: 8080,
        portVariable: 'PORT',
        network: 'bridge',
        ports: [],
        env: {},
        secrets: [],
        volumes: [],
      },
      ...{ pids: 100, readOnly: true, tmpfs: [], dropCapabilities: ['ALL'], addCapabilities: [] },
      ...{ noNewPrivileges: true, log: { size: 1e7, files: 3 }, restart: 'unless-stopped', grace: 10 },
    },
    health: {
      ...{
        path: '/healthz',
        port: 8080,
        status: '200',
        interval: 20,
        deadline: 60,
        startPeriod: 0,
        settle: 5,
      },
    },
    strategy: { type: 'all' },
    judge: {
      ...{ window: 300, sample: 50, errorRate: 0.02, errorRatio: 2, quantile: 0.95 },
      ...{ latencyRatio: 2, latencyFloor: 20, prometheus: [], noData: 'fail' },
    },
    ...{
      confirm: 30_000,
      drain: 10,
      keep: { releases: 3 },
      jobs: { before: [], after: [] },
      accessories: [],
    },
    ...{ images: 'ssh', parallel: 10 },
    ...changes,
  };
}

export interface Tried {
  readonly result: DeployResult | undefined;
  readonly error: ToolError | undefined;
  readonly ctx: TestCtx;
}

/** Releases are told apart by their version, which says how they behave. */
export async function tryDeploy(
  world: World,
  version: string,
  qualities: Readonly<Record<string, Quality>> = {},
  changes: Partial<DeploySettings> = {},
): Promise<Tried> {
  const ctx = testCtx();
  world.interrupt = () => ctx.abort(new Error('interrupted'));
  const settings = modelSettings(world, changes);
  const image: DeployImage = {
    digest: `sha256:${Buffer.from(version.padEnd(32, '.')).toString('hex')}`,
    ...{ stored: true, repository: undefined, platforms: ['linux/amd64'], version },
  };
  try {
    const result = await deploy(
      ctx,
      settings,
      image,
      { by: 'ana@laptop' },
      partsOf(world, version, qualities),
    );
    return { result, error: undefined, ctx };
  } catch (error) {
    return { result: undefined, error: known(error), ctx };
  }
}

export async function tryRollback(
  world: World,
  release?: string,
  changes: Partial<DeploySettings> = {},
): Promise<Tried> {
  const ctx = testCtx();
  world.interrupt = () => ctx.abort(new Error('interrupted'));
  try {
    const parts = partsOf(world, '', {});
    const result = await rollback(ctx, modelSettings(world, changes), release, { by: 'ana@laptop' }, parts);
    return { result, error: undefined, ctx };
  } catch (error) {
    return { result: undefined, error: known(error), ctx };
  }
}

function partsOf(world: World, version: string, qualities: Readonly<Record<string, Quality>>): Parts {
  const lostOf = (host: World['hosts'][number]): boolean => host.fleetHost.remote.lost.aborted;
  return {
    openFleet: async () =>
      Promise.resolve({
        hosts: world.hosts.filter((host) => !lostOf(host)).map(({ fleetHost }) => fleetHost),
        unreachable: world.hosts
          .filter(lostOf)
          .map(({ fleetHost }) => ({ host: fleetHost.host, error: known(fleetHost.remote.lost.reason) })),
        close: async () => Promise.resolve(),
      }),
    bringImage: async () => Promise.resolve(new Map(world.hosts.map(({ name }) => [name, 'coracle/api:1']))),
    ensureProxy: async (_ctx, { host }) => {
      if (!host.proxy) throw new Error('the model has proxies everywhere');
      return Promise.resolve(host.proxy);
    },
    readAllSecrets: async () => Promise.resolve({ service: {}, accessories: {} }),
    probe: () => async () => {
      const well = qualities[version]?.ready !== false;
      return Promise.resolve({ well, words: well ? '200' : '503: no database' });
    },
  };
}

function known(error: unknown): ToolError {
  return isToolError(error) ? error : new ToolError('INTERNAL', messageOf(error), { cause: error });
}
