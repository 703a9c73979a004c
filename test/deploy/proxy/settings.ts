import type { DeploySettings, ProxySettings } from '../../../src/deploy/types.ts';

/** Settings of a service of which only its place in the proxy matters. */
export function settingsOf(
  service: string,
  more: Partial<ProxySettings['service']>,
  proxy: Partial<ProxySettings> = {},
): DeploySettings {
  const tls = proxy.tls ?? { mode: 'off' };
  return {
    service,
    environment: undefined,
    hosts: [],
    proxy: {
      service: { domains: [], paths: ['/'], tls, retry: ['GET'], timeout: 60_000, ...more },
      ...{ httpPort: 80, httpsPort: 443, metricsPort: 9101, tls },
      ...proxy,
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
      ...{ pids: 100, readOnly: true, tmpfs: [], dropCapabilities: [], addCapabilities: [] },
      ...{ noNewPrivileges: true, log: { size: 1e6, files: 2 }, restart: 'no', grace: 10_000 },
    },
    health: {
      ...{ path: '/', port: 8080, status: '200-499', interval: 1000 },
      ...{ deadline: 30_000, startPeriod: 0, settle: 1000 },
    },
    strategy: { type: 'all' },
    judge: {
      ...{ window: 10_000, sample: 10, errorRate: 0.01, errorRatio: 2, quantile: 0.95 },
      ...{ latencyRatio: 2, latencyFloor: 10, prometheus: [], noData: 'fail' },
    },
    ...{ confirm: 60_000, drain: 10_000, keep: { releases: 3 }, jobs: { before: [], after: [] } },
    ...{ accessories: [], images: 'ssh', parallel: 4 },
  };
}
