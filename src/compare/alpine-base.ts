import { makeBase } from '../bases/make.ts';
import type { MakeOptions } from '../bases/make.ts';
import type { BaseSettings } from '../bases/types.ts';
import type { Ctx } from '../core/ctx.ts';
import { isToolError } from '../core/errors.ts';
import { pullImage } from '../images/copy.ts';
import { formatPlatform } from '../oci/platform.ts';
import { openTarget, platformImage } from '../oci/view.ts';
import type { Store } from '../store/store.ts';
import { asMethodBase } from './bases.ts';
import type { MethodBase } from './bases.ts';

/** Alpine's image as people name it, by its full name. */
const image = 'docker.io/library/alpine:latest';

/** Milliseconds that a registry has to answer: an equivalent is at hand. */
const patience = 15_000;

/**
 * Alpine: composed where repositories are named, else the image of the registry, else an equivalent from Debian's packages, which says that it is
 * one.
 * @throws ToolError as makeBase
 */
export async function alpineBase(
  ctx: Ctx,
  store: Store,
  settings: BaseSettings,
  options: MakeOptions,
): Promise<MethodBase> {
  if (settings.alpine.repositories.length > 0) {
    const packages = ['alpine-base', 'ca-certificates-bundle'];
    return asMethodBase(
      'alpine',
      await makeBase(ctx, store, { ...settings, packages }, options),
      'alpine:latest',
    );
  }
  const pulled = await fromRegistry(ctx, store, options);
  if (pulled) return pulled;
  const equivalent = { ...settings, name: 'alpine-equivalent' };
  return asMethodBase('alpine', await makeBase(ctx, store, equivalent, options), 'alpine:latest');
}

/** Undefined where none can be reached. */
async function fromRegistry(
  ctx: Ctx,
  store: Store,
  { platform, access }: MakeOptions,
): Promise<MethodBase | undefined> {
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(patience)]);
  if (!(await store.refs.get(image))) {
    try {
      await pullImage({ ...ctx, signal }, { from: image, platform: formatPlatform(platform), access });
    } catch (error) {
      ctx.signal.throwIfAborted();
      const unreachable = isToolError(error, 'NETWORK', 'NOT_FOUND', 'REGISTRY_DENIED', 'REGISTRY_ERROR');
      if (!unreachable && !signal.aborted) throw error;
      return undefined;
    }
  }
  const found = await store.refs.get(image);
  if (!found) return undefined;
  const target = await platformImage(await openTarget(store.blobs, found.descriptor), platform);
  const { config = {} } = await target.config();
  return { name: 'alpine', reference: image, config, standsFor: 'alpine:latest', reasons: [] };
}
