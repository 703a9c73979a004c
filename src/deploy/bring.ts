/** The image of a release onto all hosts at once: from its registry, or from our store through the connections. */
import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError, messageOf } from '../core/errors.ts';
import { semaphore } from '../core/concurrency.ts';
import { parseReference } from '../oci/reference.ts';
import { isLoopback } from './bring/loopback.ts';
import { openRegistryWay } from './bring/from-registry.ts';
import { openTunnelWay } from './bring/through-ssh.ts';
import type { Way } from './bring/way.ts';
import type { Fleet, FleetHost } from './fleet.ts';
import { onHost } from './phases/place.ts';
import type { DeployImage, DeploySettings, Release } from './types.ts';

/**
 * Brings the image to every host of the fleet. Each host's runtime fetches what layers it lacks.
 * @returns what each host's runtime knows it by, under the host's name
 * @throws ToolError of the first host that failed, with its name, once all others are done; NOT_FOUND when it is nowhere
 */
export async function bringImage(
  ctx: Ctx,
  fleet: Fleet,
  image: DeployImage,
  release: Release,
  settings: Pick<DeploySettings, 'images' | 'parallel'>,
): Promise<ReadonlyMap<string, string>> {
  const ways = await waysOf(ctx, image, release, settings);
  const slots = semaphore(Math.max(1, settings.parallel));
  const names = new Map<string, string>();
  const failures: { readonly host: FleetHost; readonly error: unknown }[] = [];
  const stop = (): void => void Promise.all(ways.map(async (way) => way.close()));
  ctx.signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.all(
      fleet.hosts.map(async (host) =>
        slots.run(async () => {
          if (ctx.signal.aborted) return;
          try {
            names.set(host.host.name, await bringTo(ctx, host, ways));
          } catch (error) {
            failures.push({ host, error });
          }
        }),
      ),
    );
    ctx.signal.throwIfAborted();
    const [first] = failures;
    if (first) throw onHost(first.host.host, first.error);
    return names;
  } finally {
    ctx.signal.removeEventListener('abort', stop);
    await Promise.all(ways.map(async (way) => way.close()));
  }
}

/** The ways there are, the preferred one first. */
async function waysOf(
  ctx: Ctx,
  image: DeployImage,
  release: Release,
  { images }: Pick<DeploySettings, 'images'>,
): Promise<readonly Way[]> {
  const ways: Way[] = [];
  if (images !== 'ssh' && image.repository !== undefined) {
    const reference = { ...parseReference(image.repository), digest: image.digest };
    // A host's loopback is not ours; only who asks for it means the host's own registry.
    if (images === 'registry' || !isLoopback(reference.registry) || !image.stored)
      ways.push(openRegistryWay(ctx, reference, release));
  }
  if (images !== 'registry' && image.stored) ways.push(await openTunnelWay(ctx, image.digest, release));
  if (ways.length > 0) return ways;
  throw new ToolError(
    'NOT_FOUND',
    images === 'registry'
      ? `${image.version} is in no registry, and hosts are to pull it from one`
      : `${image.version} is not in the store, and no registry is to be asked`,
    { hint: 'Build it, or pull it first; deploy.images: auto takes it from wherever it is.' },
  );
}

/** Failures that another way would have as well. */
const final = ['DISK_FULL', 'HOST_UNREACHABLE', 'INTERRUPTED'] as const;

async function bringTo(ctx: Ctx, host: FleetHost, ways: readonly Way[]): Promise<string> {
  const { name } = host.host;
  const tell = (state: 'started' | 'done' | 'failed', note?: string): void =>
    ctx.emit({
      ...{ kind: 'host', host: name, phase: 'image', state, at: ctx.now().getTime() },
      ...(note === undefined ? {} : { note }),
    });
  tell('started');
  for (const [index, way] of ways.entries()) {
    try {
      const brought = await way.bring(host, (note) => tell('started', note));
      tell('done', brought.note);
      return brought.image;
    } catch (error) {
      const next = ways[index + 1];
      if (next === undefined || isToolError(error, ...final) || ctx.signal.aborted) {
        tell('failed', messageOf(error).split('\n', 1)[0]);
        throw error;
      }
      ctx.emit({
        kind: 'warning',
        message: `${name} could not pull the image ${way.from}: ${messageOf(error)}; it is sent ${next.from}`,
      });
    }
  }
  throw new ToolError('INTERNAL', 'there is no way to bring an image');
}
