/**
 * deploy/host/ is what happens on one host: scripts for POSIX sh that are kept there under a name that is their digest, so that a host can go back without
 * us; and this typed view of them. They drive Docker or Podman and the proxy's socket. They must not know of other hosts, strategies or judges.
 */
import type { Exit } from '../../core/exec.ts';
import type { Remote } from '../../remote/types.ts';
import type {
  Accessory,
  ContainerSettings,
  HostFacts,
  Job,
  JournalEntry,
  LockHolder,
  PlacedRelease,
  Release,
  ServiceName,
  ServiceState,
} from '../types.ts';
import type { SlotName } from '../../proxy/types.ts';

export interface HostLock {
  /** Aborted when the lock is lost, with the reason. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** What a release's container is started from. `values` holds the environment with all secrets read. */
export interface StartSpec {
  readonly release: Release;
  /** As the runtime knows it: what `bring` gave. */
  readonly image: string;
  readonly settings: ContainerSettings;
  readonly values: Readonly<Record<string, string>>;
}

export interface ContainerState {
  readonly running: boolean;
  readonly exitCode: number;
  readonly restarts: number;
  readonly oomKilled: boolean;
  readonly startedAt: string;
  /** The runtime's own words when it could not start. */
  readonly error: string;
}

/** Kept of a release that failed on a host. */
export interface Evidence {
  /** Last lines. */
  readonly log: string;
  readonly inspect: string;
}

export interface HostAgent {
  readonly remote: Remote;
  readonly facts: HostFacts;
  readonly service: ServiceName;
  /** Held by the open connection; while it is held, an armed revert is put off. @throws ToolError DEPLOY_LOCKED, which says who holds it */
  lock(holder: LockHolder): Promise<HostLock>;
  state(): Promise<ServiceState>;
  /** Finishes what a death or a reboot left half done, by the host's own records. @returns what it did, in words, if anything */
  settle(): Promise<string | undefined>;
  /** Starts the release in the free slot, on a free loopback port. @throws ToolError CONTAINER_FAILED with the runtime's words */
  start(spec: StartSpec): Promise<PlacedRelease>;
  /** Starts a release again whose container is kept stopped. @throws ToolError CONTAINER_FAILED */
  restart(release: string): Promise<PlacedRelease>;
  container(name: string): Promise<ContainerState>;
  evidence(placed: PlacedRelease): Promise<Evidence>;
  /** Removes a release's container; its log and inspection are kept in the host's records. */
  remove(release: string): Promise<void>;
  /** Arms the revert to the current release (or to none): it happens after so many seconds without a sign from us. */
  arm(placed: PlacedRelease, seconds: number): Promise<void>;
  /** First half of confirming. @throws ToolError RELEASE_REVERTED when the host went back */
  prepare(release: string): Promise<void>;
  /** Second half: the records and the proxy's files on disk say the new release from here on. One rename decides. @throws ToolError RELEASE_REVERTED */
  commit(release: string): Promise<void>;
  /** Goes back now: weights, then the container. Does nothing when nothing is pending. The journal says it. */
  revert(reason: string): Promise<void>;
  /** Makes an earlier release, which runs and is proven, the current one; the other becomes previous. Weights and records in one go. */
  switchTo(release: string): Promise<void>;
  /** Waits for the slot's sessions to end, at most so long (ms), then stops its container with its signal and grace; it is kept. */
  retire(slot: SlotName, drain: number, grace: number): Promise<void>;
  job(job: Job, spec: StartSpec, onOutput: (text: string) => void): Promise<Exit>;
  /** @returns whether it had to be started */
  accessory(accessory: Accessory, values: Readonly<Record<string, string>>): Promise<boolean>;
  journal(entry: Omit<JournalEntry, 'at'>): Promise<void>;
  history(): Promise<readonly JournalEntry[]>;
  /** Brings the image from `registry` (`127.0.0.1:PORT/name@digest` or any reference). @returns what the runtime knows it by from now on */
  pull(
    reference: string,
    release: Release,
    options: {
      readonly plainHttp: boolean;
      readonly login?: { readonly registry: string; readonly username: string; readonly password: string };
    },
  ): Promise<string>;
  /** Old releases and their images; never the current, the previous or a pending one. */
  prune(
    keep: { readonly releases: number; readonly age?: number; readonly bytes?: number },
    dryRun: boolean,
  ): Promise<readonly Pruned[]>;
  /** Makes the proxy's NAME.cfg from templates/NAME.cfg.in and the confirmed releases: for a template that is new. */
  proxyConfig(): Promise<void>;
  /** Ends and removes the service on this host: containers, slots, records but the journal. */
  down(options: { readonly volumes: boolean; readonly accessories: boolean }): Promise<void>;
}

export interface Pruned {
  readonly release: string;
  readonly image: string;
  readonly bytes: number;
}
