import type { Ctx } from '../core/ctx.ts';
import { resolveSource } from '../images/source.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import { openTarget, platformImage } from '../oci/view.ts';
import { openStore } from '../store/store.ts';
import { contentsOf, type Contents } from './contents/contents.ts';
import { makeBase, type MakeOptions } from './make.ts';
import { baseKind } from './names.ts';
import type { BaseSettings, MadeBase } from './types.ts';
import { verified } from './verify/verified.ts';

/** A base, opened. */
export interface ShownBase extends Contents {
  readonly image: string;
  readonly digest: string;
  readonly platform: string;
  /** Bytes of its layers as stored. */
  readonly size: number;
  /** As whom it runs by itself; empty for root. */
  readonly user: string;
  /** How it was made; undefined for an image that is only looked at. */
  readonly made?: Pick<MadeBase, 'name' | 'key' | 'locked' | 'generated' | 'omitted' | 'statement'>;
  /** When it passed its tests: ISO 8601. */
  readonly verified?: string;
}

/**
 * What is in a base. A named one is made when it is not in the store; an image by reference is looked at as it is.
 * @throws ToolError as makeBase; NOT_FOUND
 */
export async function showBase(ctx: Ctx, settings: BaseSettings, options: MakeOptions): Promise<ShownBase> {
  const plain = baseKind(settings) === 'image' && !settings.slim && settings.omit.length === 0;
  if (plain) return showImage(ctx, settings.name, options);
  const store = await openStore(ctx);
  const base = await makeBase(ctx, store, settings, options);
  const { name, key, locked, generated, omitted, statement } = base;
  return {
    ...(await showImage(ctx, `store:${base.reference}`, options)),
    made: {
      ...{ name, key, generated, omitted },
      ...(locked && { locked }),
      ...(statement !== undefined && { statement }),
    },
  };
}

async function showImage(
  ctx: Ctx,
  text: string,
  { platform, access }: { readonly platform: Platform; readonly access: MakeOptions['access'] },
): Promise<ShownBase> {
  const { source, descriptor, name } = await resolveSource(ctx, text, access);
  const image = await platformImage(await openTarget(source, descriptor), platform);
  const [layers, config, contents] = await Promise.all([image.layers(), image.config(), contentsOf(image)]);
  const passed = await verified(ctx, image.descriptor.digest);
  return {
    ...contents,
    image: name,
    digest: image.descriptor.digest,
    platform: formatPlatform(config),
    size: layers.reduce((total, { size }) => total + size, 0),
    user: config.config?.User ?? '',
    ...(passed !== undefined && { verified: passed }),
  };
}
