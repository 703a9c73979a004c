import type { Ctx } from '../../../core/ctx.ts';
import { hostPlatform } from '../../../oci/platform.ts';
import { openTarget, platformImage } from '../../../oci/view.ts';
import { processOf, type RootlessSpec } from '../../../run/process.ts';
import { filesOf } from '../../../run/run.ts';
import { signalOf } from '../../../run/signals.ts';
import { openSnapshots } from '../../../run/snapshots.ts';
import type { ProcessRequest } from '../../../run/types.ts';
import { possibleUser } from '../../../run/user.ts';
import { chooseSandbox } from '../../../sandbox/choose.ts';
import type { Sandbox } from '../../../sandbox/types.ts';
import type { LayerId, Snapshots } from '../../../snapshot/types.ts';
import { findUser } from '../../../solve/exec/user.ts';
import type { ContainerConfig } from '../../../oci/types.ts';
import type { Store } from '../../../store/store.ts';
import { openStore } from '../../../store/store.ts';
import type { MeasuredImage, StartTerms } from '../types.ts';
import { openProber, type Prober } from './prober.ts';

/** Where programs are started. */
export interface Stage {
  readonly sandbox: Sandbox;
  readonly snapshots: Snapshots;
  readonly store: Store;
  /** Who asks in that network. */
  prober(network: 'own' | 'host'): Prober;
  readonly terms: StartTerms;
}

/** An image that can be started again and again. */
export interface Startable {
  readonly config: ContainerConfig;
  readonly layers: readonly LayerId[];
  readonly spec: (network: 'own' | 'host') => Promise<RootlessSpec>;
  readonly stopSignal: NodeJS.Signals;
  /** Whether its program was seen to end when it was asked to; else it is not waited for again. */
  heeds: boolean;
}

/**
 * Calls `work` with a place to start programs in, and closes it.
 * @throws ToolError SANDBOX_UNAVAILABLE
 */
export async function onStage<R>(
  ctx: Ctx,
  terms: StartTerms,
  work: (stage: Stage) => Promise<R>,
): Promise<R> {
  const store = await openStore(ctx);
  const sandbox = await chooseSandbox(ctx, terms.sandbox ?? 'auto');
  // Who has left this machine's network cannot come back to it.
  const probers = new Map<string, Prober>();
  const prober = (network: 'own' | 'host'): Prober => {
    const open = probers.get(network) ?? openProber();
    probers.set(network, open);
    return open;
  };
  try {
    const snapshots = await openSnapshots(ctx, store, sandbox);
    return await work({ sandbox, snapshots, store, prober, terms });
  } finally {
    for (const each of probers.values()) await each.close();
    await sandbox.close();
  }
}

/**
 * Finds out how an image's program is to be started, by the rules of `coracle run`.
 * @throws ToolError USAGE when the image names no program, or a user that it does not know
 */
export async function startable(
  ctx: Ctx,
  { store, snapshots, terms }: Stage,
  { descriptor }: MeasuredImage,
): Promise<Startable> {
  const image = await platformImage(await openTarget(store.blobs, descriptor), hostPlatform());
  const { config = {} } = await image.config();
  const layers = (await image.layers()).map(({ mediaType, digest, size, diffId }) =>
    // Its blobs are in the store already.
    snapshots.foreign({ descriptor: { mediaType, digest, size }, diffId }, async () => undefined),
  );
  const found = await findUser(await snapshots.tree(layers), config.User ?? '', { code: 'USAGE' });
  const user = await possibleUser(ctx, found);
  const hostname = image.descriptor.digest.slice('sha256:'.length, 'sha256:'.length + 12);
  const variables = terms.env ?? [];
  return {
    config,
    layers,
    stopSignal: signalOf(config.StopSignal),
    heeds: true,
    spec: async (own) => {
      const request = { ...plain, network: own === 'own' ? ('none' as const) : ('host' as const) };
      const mounts = await filesOf(hostname, request);
      return processOf(config, request, terms.args ?? [], { user, hostname, variables, mounts });
    },
  };
}

/** As `coracle run` without flags. */
const plain: ProcessRequest = {
  ...{ env: [], envFiles: [], ports: [], volumes: [], tmpfs: [], addHosts: [], ulimits: [] },
  ...{ network: 'host', readOnly: false, capAdd: [], capDrop: [], tty: false, stopTimeout: 0 },
};
