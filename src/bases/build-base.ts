import type { Ctx } from '../core/ctx.ts';
import { digestOf } from '../oci/digest.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import { mediaTypes } from '../oci/types.ts';
import type { Descriptor, Index, Platform } from '../oci/types.ts';
import { openTarget, platformImage } from '../oci/view.ts';
import { openStore, type Store } from '../store/store.ts';
import { isSystem, makeBase, type MakeOptions } from './make.ts';
import type { BaseImage, BaseSettings } from './types.ts';
import { needVerified } from './verify/verified.ts';

/** What `base build` was asked for. */
export interface BaseRequest extends Omit<MakeOptions, 'platform'> {
  readonly settings: BaseSettings;
  /** At least one. */
  readonly platforms: readonly Platform[];
  /** As they were written. */
  readonly tags: readonly string[];
}

/** One platform of it. */
export interface BuiltBasePlatform {
  readonly platform: Platform;
  readonly base: BaseImage;
  /** Bytes of its layers as stored. */
  readonly size: number;
}

export interface BuiltBase {
  readonly name: string;
  /** The names that it has got: those that were asked for, or its own in the store. */
  readonly references: readonly string[];
  /** The manifest, or the index when there are several platforms. */
  readonly descriptor: Descriptor;
  readonly platforms: readonly BuiltBasePlatform[];
  /** Milliseconds. */
  readonly took: number;
}

/**
 * Makes a base for each platform, and names it. One whose programs are to run is verified before it has a name.
 * @throws ToolError as makeBase, needVerified
 */
export async function buildBase(ctx: Ctx, request: BaseRequest): Promise<BuiltBase> {
  const began = performance.now();
  const { settings } = request;
  const tags = request.tags.map((text) => formatReference(withDefaultTag(parseReference(text))));
  const store = await openStore(ctx);
  const platforms: BuiltBasePlatform[] = [];
  for (const platform of request.platforms) {
    const base = await makeBase(ctx, store, settings, { ...request, platform });
    if (isSystem(settings)) await needVerified(ctx, base, settings);
    platforms.push({ platform, base, size: await sizeOf(store, base.descriptor, platform) });
  }
  const [first] = platforms;
  if (!first) throw new Error('no platform');
  const several = platforms.length > 1;
  const descriptor = several ? await indexOf(store, platforms) : first.base.descriptor;
  for (const tag of tags) await store.refs.set(tag, descriptor);
  return {
    name: settings.name,
    references: tags.length > 0 ? tags : platforms.map(({ base }) => base.reference),
    descriptor,
    platforms,
    took: Math.round(performance.now() - began),
  };
}

/** Bytes of the layers of an image in the store. */
async function sizeOf(store: Store, descriptor: Descriptor, platform: Platform): Promise<number> {
  const image = await platformImage(await openTarget(store.blobs, descriptor), platform);
  return (await image.layers()).reduce((sum, { size }) => sum + size, 0);
}

async function indexOf(store: Store, platforms: readonly BuiltBasePlatform[]): Promise<Descriptor> {
  const index: Index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: platforms.map(({ base, platform }) => ({ ...base.descriptor, platform })),
  };
  const bytes = Buffer.from(JSON.stringify(index));
  const digest = digestOf(bytes);
  await store.blobs.put(bytes, { digest, size: bytes.length });
  return { mediaType: mediaTypes.ociIndex, digest, size: bytes.length };
}
