import { openFleet } from '../../deploy/fleet.ts';
import type { HostFacts, ServiceState } from '../../deploy/types.ts';
import { findingsOf } from '../error-findings.ts';
import type { Finding } from '../finding.ts';
import type { Stage } from '../types.ts';
import type { ShipWork } from '../work.ts';

/** What a host said of itself. */
export interface CheckedHost {
  readonly host: string;
  readonly runtime: string;
  readonly platform: string;
  readonly os: string;
  readonly freeBytes: number;
  /** The release that serves, and its image. */
  readonly serves?: { readonly release: string; readonly image: string };
}

/** Bytes below which a few releases more do not fit. */
const scarce = 1024 ** 3;
/** Milliseconds between two clocks that are worth a word. */
const skew = 5000;

/** Can every host be reached, and can it run the release? */
export function hostsStage(work: ShipWork): Stage {
  return {
    name: 'hosts',
    summary: 'every host can be reached, has a runtime, room and the right time',
    async run(_state, ctx) {
      const settings = await work.settings();
      const fleet = await openFleet(ctx, settings, { ...work.options, partial: true });
      try {
        const lost = fleet.unreachable.flatMap(({ error }) => findingsOf('hosts', error));
        const asked = await Promise.all(
          fleet.hosts.map(async ({ agent, host }) => ({
            host: host.name,
            facts: agent.facts,
            state: await agent.state(),
          })),
        );
        const hosts = asked.map(({ host, facts, state }) => checkedHost(host, facts, state));
        const platforms = (await work.request()).platforms.map(
          ({ os, architecture }) => `${os}/${architecture}`,
        );
        const findings = [
          ...lost,
          ...asked.flatMap(({ host, facts, state }) => judgeHost(host, facts, state, platforms)),
        ];
        const bad = findings.some(({ severity }) => severity === 'error');
        return {
          verdict: bad ? 'failed' : 'passed',
          summary: bad
            ? `${findings.filter(({ severity }) => severity === 'error').length} of ${settings.hosts.length} hosts cannot take a release`
            : inWords(hosts),
          findings,
          data: { hosts },
        };
      } finally {
        await fleet.close();
      }
    },
  };
}

function checkedHost(host: string, facts: HostFacts, { current }: ServiceState): CheckedHost {
  return {
    host,
    runtime: `${facts.runtime} ${facts.runtimeVersion}${facts.rootless ? ', rootless' : ''}`,
    platform: facts.platform,
    os: facts.os,
    freeBytes: facts.freeBytes,
    ...(current ? { serves: { release: current.release.id, image: current.release.image } } : {}),
  };
}

/** What speaks against a release on a host, or should be known before one. */
function judgeHost(
  host: string,
  facts: HostFacts,
  state: ServiceState,
  platforms: readonly string[],
): Finding[] {
  const found: (Finding | false)[] = [
    platforms.length > 0 &&
      !platforms.includes(facts.platform) && {
        rule: 'hosts/platform',
        severity: 'error',
        message: `${host} is ${facts.platform}, and the image is built for ${platforms.join(', ')}`,
        fix: `Add ${facts.platform} to platforms: of coracle.yaml.`,
      },
    facts.freeBytes < scarce && {
      rule: 'hosts/disk',
      severity: 'warning',
      message: `${host} has ${Math.floor(facts.freeBytes / 1e6)} MB free`,
      fix: 'coracle prune removes old releases.',
    },
    Math.abs(facts.clockAhead) > skew && {
      rule: 'hosts/clock',
      severity: 'warning',
      message: `the clock of ${host} is ${Math.round(Math.abs(facts.clockAhead) / 1000)} s ${facts.clockAhead > 0 ? 'ahead' : 'behind'}`,
      fix: 'Only times in its journal and logs are off; systemd-timesyncd sets it right.',
    },
    state.lock !== undefined && {
      rule: 'hosts/lock',
      severity: 'warning',
      message: `${state.lock.by} holds the lock of ${host}: ${state.lock.what}`,
    },
    state.pending !== undefined && {
      rule: 'hosts/pending',
      severity: 'warning',
      message: `${host} has a release that was not confirmed: ${state.pending.release.id}`,
      fix: 'The deploy settles it first.',
    },
  ];
  return found.filter((each) => each !== false);
}

/** `3 hosts: docker 27.0, linux/amd64, at least 12.1 GB free`. */
function inWords(hosts: readonly CheckedHost[]): string {
  const distinct = (of: (host: CheckedHost) => string): string => [...new Set(hosts.map(of))].join(' and ');
  const least = Math.min(...hosts.map(({ freeBytes }) => freeBytes));
  const count = hosts.length === 1 ? '1 host' : `${hosts.length} hosts`;
  return `${count}: ${distinct(({ runtime }) => runtime)}, ${distinct(({ platform }) => platform)}, at least ${(least / 1e9).toFixed(1)} GB free`;
}
