import { checkRuns } from '../base/check.ts';
import { lockKey } from '../bases/lock-key.ts';
import type { BaseImage } from '../bases/types.ts';
import { ToolError } from '../core/errors.ts';
import type { Entry } from '../layer/entry.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { Snapshot, Vertex } from '../solve/graph.ts';
import type { Base, BaseMaking, Compiled } from './bases.ts';
import { imageLayers } from './layers.ts';
import { keepPulled } from './pull.ts';

/** An image of a registry, as it is or made slim. */
export async function imageBase(making: BaseMaking, compiled: Compiled): Promise<Base> {
  const { ctx, store, request, plan } = making;
  const { platform } = compiled;
  const reference = formatReference(withDefaultTag(parseReference(request.base.name)));
  const digest = plan.baseDigest;
  if (!digest) throw new ToolError('INTERNAL', `the digest of the base ${reference} is not known`);
  const { slim, omit } = request.base;
  if (slim || omit.length > 0) {
    const { slimImage } = await import('../bases/distribution/slim-image.ts');
    const pinned = formatReference({ ...parseReference(reference), digest });
    const made = await slimImage(ctx, store, pinned, request.base, { platform, access: accessOf(making) });
    return { ...(await madeImage(making, compiled, made, `${reference}, made slim`)), reference, digest };
  }
  const vertex: Vertex = {
    name: `base ${reference}`,
    inputs: [],
    op: { kind: 'source', reference, digest, platform },
  };
  const check = checkOn(making, compiled, reference);
  return { vertex, name: reference, reference, digest, reasons: [], check };
}

/** A distribution whose scripts ran in the sandbox. */
export async function distributionBase(making: BaseMaking, compiled: Compiled): Promise<Base> {
  const { ctx, store, request, lock } = making;
  const { platform } = compiled;
  const make = await import('../bases/distribution/distribution.ts');
  const key = lockKey(request.base, platform);
  const locked = lock.get(key);
  const made = await make.distributionBase(ctx, store, request.base, {
    platform,
    ...(locked && { locked }),
  });
  if (made.locked) lock.add(key, made.locked);
  const from = made.locked ? ` (${made.locked.packages.length} packages of ${made.locked.source})` : '';
  return madeImage(making, compiled, made, `${made.name}${from}`);
}

/** An image that was made here: it is in the store whole, and no registry is asked for it. */
async function madeImage(
  making: BaseMaking,
  compiled: Compiled,
  made: BaseImage,
  name: string,
): Promise<Base> {
  const { platform } = compiled;
  const { reference, descriptor, reasons } = made;
  const { needVerified } = await import('../bases/verify/verified.ts');
  await needVerified(making.ctx, made, making.request.base);
  await keepPulled(making.store, descriptor, platform);
  const { digest } = descriptor;
  return {
    vertex: { name: `base ${name}`, inputs: [], op: { kind: 'source', reference, digest, platform } },
    name,
    reasons,
    check: checkOn(making, compiled, name),
  };
}

function checkOn({ store }: BaseMaking, { binary, program }: Compiled, base: string): Base['check'] {
  return async (snapshot: Snapshot) => {
    const tree = async (): Promise<ReadonlyMap<string, Entry>> => {
      const { imageTree } = await import('./image-tree.ts');
      return imageTree(store, imageLayers(snapshot.layers));
    };
    const { architecture } = snapshot.config ?? {};
    await checkRuns(binary, tree, { base, program, ...(architecture !== undefined && { architecture }) });
  };
}

function accessOf({ request }: BaseMaking): { insecure: string[]; ca?: string } {
  const hosts = Object.entries(request.registries);
  const ca = hosts.find(([, host]) => host.ca !== undefined)?.[1].ca;
  return {
    insecure: hosts.filter(([, host]) => host.insecure).map(([name]) => name),
    ...(ca !== undefined && { ca }),
  };
}
