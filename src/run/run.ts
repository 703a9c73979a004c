/**
 * run/ runs an image, or opens a shell in what a failed step left behind, in the same sandbox and on the same snapshots as the steps of a
 * build. What the program writes is thrown away. It must not know flags, terminals, or how results look.
 */
import type { Ctx } from '../core/ctx.ts';
import { chooseSandbox } from '../sandbox/choose.ts';
import { emulatorFor } from '../sandbox/emulation.ts';
import type { Mount, ProcessSpec, Sandbox } from '../sandbox/types.ts';
import type { Snapshots, WritableRoot } from '../snapshot/types.ts';
import { networkFiles } from '../solve/exec/hosts.ts';
import { sandboxRoot } from '../solve/exec/mount-bind.ts';
import { findUser } from '../solve/exec/user.ts';
import { openStore } from '../store/store.ts';
import { variables } from './env.ts';
import { openImage, type Runnable } from './image.ts';
import { publish } from './publish.ts';
import { processOf } from './process.ts';
import { passing, type Kill } from './signals.ts';
import { openSnapshots } from './snapshots.ts';
import type { ProcessRequest, RunRequest } from './types.ts';
import { possibleUser } from './user.ts';
import { bindVolume, imageVolumes } from './volumes.ts';

/** What the caller does for a program that runs. */
export interface Attendant {
  /** The streams are about to be the program's. */
  ready(): Promise<void>;
  /** The program runs: signals are its business now, until `onEnded`. */
  onStarted(pass: Kill): void;
  onEnded(): void;
}

/**
 * Runs an image until its program ends.
 * @returns the program's exit code; 126 and 127 for one that cannot be run or is not there
 * @throws ToolError USAGE, NOT_FOUND, SANDBOX_UNAVAILABLE, and whatever registries and archives give
 */
export async function runImage(ctx: Ctx, request: RunRequest, attendant: Attendant): Promise<number> {
  const store = await openStore(ctx);
  const sandbox = await chooseSandbox(ctx, request.sandbox);
  if (sandbox.name === 'chroot') for (const message of sandbox.lacks) ctx.emit({ kind: 'warning', message });
  try {
    const snapshots = await openSnapshots(ctx, store, sandbox);
    const image = await openImage(ctx, store, snapshots, request);
    await emulatorFor(ctx, sandbox, image.config);
    const root = await snapshots.writable(image.layers);
    try {
      return await runIn(ctx, { sandbox, snapshots, image, root }, request, attendant);
    } finally {
      await root.discard();
    }
  } finally {
    await sandbox.close();
  }
}

interface Place {
  readonly sandbox: Sandbox;
  readonly snapshots: Snapshots;
  readonly image: Runnable;
  readonly root: WritableRoot;
}

async function runIn(ctx: Ctx, place: Place, request: RunRequest, attendant: Attendant): Promise<number> {
  const { sandbox, snapshots, image, root } = place;
  const { process: wanted } = request;
  const config = image.config.config ?? {};
  const found = await findUser(await snapshots.tree(image.layers), wanted.user ?? config.User ?? '', {
    code: 'USAGE',
  });
  const hostname = wanted.hostname ?? image.digest.slice('sha256:'.length, 'sha256:'.length + 12);
  const volumes = await imageVolumes(place, Object.keys(config.Volumes ?? {}), wanted.readOnly);
  const spec = processOf(config, wanted, request.args, {
    user: await possibleUser(ctx, found),
    hostname,
    variables: await variables(wanted.envFiles, wanted.env, ctx),
    mounts: [...(await filesOf(hostname, wanted)), ...volumes.mounts, ...(await mountsOf(ctx, wanted))],
  });
  const ports = await publish(ctx, wanted);
  try {
    return await attend(ctx, sandbox, { ...spec, root: sandboxRoot(root) }, attendant, {
      ...(config.StopSignal !== undefined && { stopSignal: config.StopSignal }),
      stopTimeout: wanted.stopTimeout,
    });
  } finally {
    await ports.close();
    await volumes.release();
  }
}

/** /etc/hostname, /etc/hosts and /etc/resolv.conf of a program that runs. */
export async function filesOf(
  hostname: string,
  { addHosts, network }: Pick<ProcessRequest, 'addHosts' | 'network'>,
): Promise<Mount[]> {
  const files = await networkFiles({ hostname, addHosts, network });
  const name: Mount = {
    ...{ kind: 'file', target: '/etc/hostname', bytes: Buffer.from(`${hostname}\n`) },
    ...{ mode: 0o644, uid: 0, gid: 0, readOnly: true },
  };
  return [name, ...files];
}

async function mountsOf({ cwd }: Ctx, { volumes, tmpfs }: ProcessRequest): Promise<Mount[]> {
  return [...tmpfs, ...(await Promise.all(volumes.map(async (text) => bindVolume(text, cwd))))];
}

/** Runs a process that belongs to whoever started us: its streams are ours, and so are its signals. */
export async function attend(
  ctx: Ctx,
  sandbox: Sandbox,
  spec: ProcessSpec,
  attendant: Attendant,
  options: { readonly stopSignal?: string; readonly stopTimeout: number },
): Promise<number> {
  let end = (): void => undefined;
  await attendant.ready();
  try {
    const { code } = await sandbox.run(ctx, spec, {
      onStarted: (kill) => {
        const signals = passing(kill, options);
        ({ end } = signals);
        attendant.onStarted(signals.pass);
      },
    });
    return code;
  } finally {
    end();
    attendant.onEnded();
  }
}
