/**
 * deploy/ brings a release onto hosts, judges it, and goes back. It may use build/ for the image, never explain/ or compare/. What runs on a host is
 * in deploy/host/; what the proxy is, in proxy/; how a host is reached, in remote/.
 *
 * This file holds the words of the room: settings (validated once, then trusted), a release, and what a host says of itself.
 */
import type { BaseSettings } from '../bases/types.ts';
import type { Answers, Phase } from '../core/event.ts';
import type { Digest } from '../oci/digest.ts';
import type { ProxyService, ProxyTls, SlotName } from '../proxy/types.ts';
import type { Host } from '../remote/types.ts';

/** NAME, or NAME-ENV for an environment: lower-case letters, digits and `-`, at most 40, beginning with a letter. */
export type ServiceName = string;

/** All that `deploy:` of coracle.yaml says for one environment, with defaults filled in. Durations are milliseconds, sizes bytes. */
export interface DeploySettings {
  readonly service: ServiceName;
  /** Undefined for a project without environments. */
  readonly environment: string | undefined;
  readonly hosts: readonly Host[];
  /** Undefined: no proxy of ours (`proxy: none`). */
  readonly proxy: ProxySettings | undefined;
  readonly container: ContainerSettings;
  readonly health: HealthSettings;
  readonly strategy: Strategy;
  readonly judge: JudgeSettings;
  /** Longest time in which a host goes back by itself when it does not hear from us. */
  readonly confirm: number;
  /** Longest time that connections of the old release are waited for before its stop signal. */
  readonly drain: number;
  readonly keep: { readonly releases: number; readonly age?: number; readonly bytes?: number };
  readonly jobs: { readonly before: readonly Job[]; readonly after: readonly Job[] };
  readonly accessories: readonly Accessory[];
  /** Where hosts get the image: `auto` is the registry when it is there, and else us. */
  readonly images: 'auto' | 'registry' | 'ssh';
  /** Hosts worked on at a time. */
  readonly parallel: number;
}

export interface ProxySettings {
  readonly service: Omit<ProxyService, 'name' | 'health'>;
  /** An image in place of our own. */
  readonly image?: string;
  /** Where packages of our own image come from: `debian:` of coracle.yaml. This machine's own sources without it. */
  readonly debian?: BaseSettings['debian'];
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Loopback port of the metrics for Prometheus, at /metrics. */
  readonly metricsPort: number;
  readonly tls: ProxyTls;
}

export interface ContainerSettings {
  /** The port that the program listens on in its container. */
  readonly port: number;
  /** Nobody said the port: one that the image exposes comes before it. */
  readonly portAssumed?: true;
  /** With `host` the program must listen on the port that this variable says, as two releases run side by side. */
  readonly portVariable: string;
  readonly network: 'bridge' | 'host';
  /** Further ports that are published: `127.0.0.1:HOST:CONTAINER` unless public. They cannot be held by two releases at once. */
  readonly ports: readonly PublishedPort[];
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly Secret[];
  readonly volumes: readonly {
    readonly source: string;
    readonly target: string;
    readonly readOnly: boolean;
  }[];
  readonly cpus?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly pids: number;
  readonly readOnly: boolean;
  /** Directories of memory on a read-only root. */
  readonly tmpfs: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly addCapabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly log: { /** Bytes of one file. */ readonly size: number; readonly files: number };
  readonly restart: 'unless-stopped' | 'always' | 'on-failure' | 'no';
  readonly user?: string;
  readonly stopSignal?: string;
  readonly grace: number;
  readonly command?: readonly string[];
}

export interface PublishedPort {
  readonly host: number;
  readonly container: number;
  readonly protocol: 'tcp' | 'udp';
  readonly public: boolean;
}

/** Where a value is that is not in the file; it is read before anything starts, and only then. */
export interface Secret {
  /** The variable that the program gets it in. */
  readonly name: string;
  readonly from:
    | { readonly env: string }
    /** Absolute. */
    | { readonly file: string }
    | { readonly command: readonly [string, ...string[]] };
}

export interface HealthSettings {
  /** Undefined: staying up is all that is asked (no port to ask). */
  readonly path: string | undefined;
  readonly port: number;
  readonly status: string;
  readonly interval: number;
  /** Until it is ready, from its start. */
  readonly deadline: number;
  /** After its start, failures do not count for so long. */
  readonly startPeriod: number;
  /** It must be well for so long after it became ready. */
  readonly settle: number;
}

export type Strategy =
  | { readonly type: 'all' }
  /** Hosts at a time. */
  | { readonly type: 'rolling'; readonly batch: number; readonly pause: number }
  /** Percent of the requests of every host, rising, the last 100. */
  | { readonly type: 'canary'; readonly steps: readonly number[]; readonly pause: number };

export interface JudgeSettings {
  /** Longest time that one step is watched. */
  readonly window: number;
  /** Requests of the new release below which there is no verdict. */
  readonly sample: number;
  /** Share of 5xx and broken answers, 0 to 1, that the new release may have; and how many times the old one's. */
  readonly errorRate: number;
  readonly errorRatio: number;
  /** How many times as slow as the old one the new may be, at this quantile (0 to 1), and from how many milliseconds on it matters. */
  readonly quantile: number;
  readonly latencyRatio: number;
  readonly latencyFloor: number;
  readonly prometheus: readonly PrometheusCheck[];
  /** What a step without enough requests, or without an answer of Prometheus, counts as when its window is over. */
  readonly noData: 'pass' | 'fail';
}

export interface PrometheusCheck {
  readonly name: string;
  readonly url: string;
  /** `{{release}}` and `{{service}}` are filled in. */
  readonly query: string;
  readonly max?: number;
  readonly min?: number;
}

/** A command that runs to its end, once, on one host, in a container of its own with the service's environment. */
export interface Job {
  readonly name: string;
  readonly command: readonly string[];
  /** A role or the name of a host; the first host without it. */
  readonly on?: string;
  readonly timeout: number;
  /** Of the new release's image, unless given. */
  readonly image?: string;
}

/** A container beside the service, which a deploy starts when it is not there and never restarts. */
export interface Accessory {
  readonly name: string;
  /** With a digest. */
  readonly image: string;
  readonly on?: string;
  readonly ports: readonly PublishedPort[];
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly Secret[];
  readonly volumes: ContainerSettings['volumes'];
  readonly command?: readonly string[];
  readonly memory?: number;
  readonly cpus?: number;
}

/** One version of the service, as it goes onto hosts. */
export interface Release {
  /** `20261122-004512-1a2b3c4`: the deployer's UTC time, and the beginning of the image's digest. */
  readonly id: string;
  readonly service: ServiceName;
  /** Of the index, or of the manifest when there is one. */
  readonly image: Digest;
  /** What people know it by: a tag, a commit. */
  readonly version: string;
  /** `ana@laptop`. */
  readonly by: string;
  /** Milliseconds since the epoch, by the deployer's clock. */
  readonly at: number;
}

/** What a host is, found by trying when it is connected to. */
export interface HostFacts {
  readonly runtime: 'docker' | 'podman';
  readonly rootless: boolean;
  /** `27.0.3`. */
  readonly runtimeVersion: string;
  /** `linux/amd64`. */
  readonly platform: string;
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly os: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly freeBytes: number;
  /** Milliseconds that the host's clock is ahead of ours. */
  readonly clockAhead: number;
  /** Changes with each boot. */
  readonly boot: string;
  /** Absolute; where our records are: /var/lib/coracle, or below the user's home. */
  readonly directory: string;
}

/** What a host's own records say of a service. */
export interface ServiceState {
  /** What is confirmed to serve; undefined before the first release. */
  readonly current: PlacedRelease | undefined;
  /** What served before it and is kept stopped. */
  readonly previous: PlacedRelease | undefined;
  /** A release whose revert is armed, or that was left by a deployer that vanished. */
  readonly pending:
    | (PlacedRelease & {
        readonly armed: boolean;
        /** Until it goes back by itself. */ readonly left: number;
        readonly prepared: boolean;
      })
    | undefined;
  /** Containers of the service that belong to none of these. */
  readonly strays: readonly string[];
  /** Who holds the lock. */
  readonly lock: LockHolder | undefined;
}

export interface PlacedRelease {
  readonly release: Release;
  readonly slot: SlotName;
  readonly container: string;
  readonly port: number;
  readonly running: boolean;
}

export interface LockHolder {
  readonly by: string;
  readonly what: string;
  /** Milliseconds since the epoch, by the deployer's clock. */
  readonly since: number;
}

/** A line of a host's journal (JSON lines). `at` is the host's clock. */
export interface JournalEntry {
  readonly at: string;
  readonly by: string;
  readonly what:
    'deploy' | 'rollback' | 'revert' | 'confirm' | 'setup' | 'down' | 'prune' | 'job' | 'accessory' | 'proxy';
  readonly release?: string;
  readonly from?: string;
  readonly to?: string;
  readonly verdict?: 'pass' | 'fail' | 'no data';
  /** What it rests on, in words and figures. */
  readonly evidence?: string;
}

/** An image that is ready to go: in our store, in a registry, or both. */
export interface DeployImage {
  /** Of the index, or of the manifest when there is one. */
  readonly digest: Digest;
  /** True when all of it is in our store. */
  readonly stored: boolean;
  /** `registry.example.com/team/api`, when a registry has it under that digest. */
  readonly repository: string | undefined;
  /** `linux/amd64`. */
  readonly platforms: readonly string[];
  readonly version: string;
  /** Ports that its config names: `8080/tcp`. */
  readonly exposed?: readonly string[];
  /** Variables that its config sets. */
  readonly variables?: readonly string[];
  /** `1.26.3`, of a program that was built just now. */
  readonly goVersion?: string;
}

export interface DeployOptions {
  readonly by: string;
  /** ssh's `-F`. */
  readonly sshConfig?: string;
  /** Only these, by name; all without it. */
  readonly hosts?: readonly string[];
}

/** How a deploy or a rollback ended. */
export interface DeployResult {
  readonly service: ServiceName;
  readonly environment: string | undefined;
  readonly release: Release;
  readonly from: string | undefined;
  readonly outcome: 'deployed' | 'failed' | 'went back' | 'split';
  /** What to say of it, in a sentence, and what to do next where there is something. */
  readonly summary: string;
  readonly next?: string;
  readonly hosts: readonly HostResult[];
  readonly steps: readonly JudgedStep[];
  readonly urls: readonly string[];
  /** Milliseconds. */
  readonly took: number;
  /** From the beginning to the first request that the new release answered through a proxy. */
  readonly firstRequest: number | undefined;
}

export interface HostResult {
  readonly host: string;
  /** The release that serves there now. */
  readonly serves: string | undefined;
  /** How far it came, and what stopped it. */
  readonly phase: Phase | undefined;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
  /** Of the new release, when it failed here. */
  readonly evidence?: { readonly log: string; readonly inspect: string; readonly probe: string | undefined };
}

export interface JudgedStep {
  readonly share: number;
  /** Hosts of this step. */
  readonly hosts: readonly string[];
  readonly verdict: 'pass' | 'fail' | 'no data';
  /** In words: what was compared, with figures. */
  readonly evidence: readonly string[];
  readonly fresh: Answers;
  readonly old: Answers | undefined;
}

/** What `status` knows of all hosts. */
export interface FleetStatus {
  readonly service: ServiceName;
  readonly environment: string | undefined;
  /** One word for the whole, and what resolves it. */
  readonly state: 'one version' | 'not deployed' | 'deploying' | 'going back' | 'split' | 'unreachable';
  readonly summary: string;
  readonly next?: string;
  readonly hosts: readonly HostStatus[];
}

export interface HostStatus {
  readonly host: string;
  readonly facts: HostFacts | undefined;
  readonly state: ServiceState | undefined;
  readonly container:
    { readonly running: boolean; readonly restarts: number; readonly startedAt: string } | undefined;
  readonly proxy: 'running' | 'stopped' | 'none' | undefined;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}
