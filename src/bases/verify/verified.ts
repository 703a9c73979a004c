import { createHash } from 'node:crypto';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { openStore } from '../../store/store.ts';
import { markBaseUsed } from '../references.ts';
import type { BaseImage, BaseSettings } from '../types.ts';
import type { OwnCommand, Verification } from './types.ts';

/** Raised when there are new tests: what passed the old ones is tried again. */
const revision = 2;
const bucket = 'bases-verified';

/** What is kept of a verification that passed; a failed one is run again each time. */
interface Kept {
  readonly at: string;
}

/** When the image of this digest passed the tests, and these commands: ISO 8601; undefined when it did not. */
export async function verified(
  ctx: Ctx,
  digest: string,
  own: readonly OwnCommand[] = [],
): Promise<string | undefined> {
  const store = await openStore(ctx);
  return (await store.cache.get<Kept>(bucket, keyOf(digest, own)))?.at;
}

/** Keeps that an image passed, for `verified`. Nothing is kept of one that failed. */
export async function rememberVerified(
  ctx: Ctx,
  { digest, at, passed }: Verification,
  own: readonly OwnCommand[],
): Promise<void> {
  const store = await openStore(ctx);
  if (passed) await store.cache.set(bucket, keyOf(digest, own), { at } satisfies Kept);
  else await store.cache.delete(bucket, keyOf(digest, own));
}

/**
 * Lets a base that is an image be used only when it passes the tests that run inside it; those run the first time, and then never again for
 * the same bytes. The caller is root of its user namespace.
 * @throws ToolError BASE_UNVERIFIED with the tests that failed; as verifyImage
 */
export async function needVerified(
  ctx: Ctx,
  base: Pick<BaseImage, 'name' | 'reference' | 'descriptor' | 'locked'>,
  settings: Pick<BaseSettings, 'verify' | 'omit'>,
): Promise<void> {
  const own = settings.verify.map((argv) => ({ argv }));
  const { descriptor, locked, name, reference } = base;
  await markBaseUsed(ctx, await openStore(ctx), base);
  if ((await verified(ctx, descriptor.digest, own)) !== undefined) return;
  const { verifyImage } = await import('./verify.ts');
  const verification = await verifyImage(ctx, {
    ...{ image: `store:${reference}`, own, omit: settings.omit },
    ...{ access: { insecure: [] }, sandbox: 'auto' },
    ...(descriptor.platform && { platform: platformText(descriptor.platform) }),
    ...(locked && { packages: locked.packages }),
  });
  await rememberVerified(ctx, verification, own);
  if (verification.passed) return;
  const wrong = verification.checks.filter(({ outcome }) => outcome === 'failed');
  throw new ToolError('BASE_UNVERIFIED', `${name} is not used: a test that ran inside it failed`, {
    detail: wrong
      .map(({ what, why, said = [] }) => [`${what}: ${why}`, ...said.map((line) => `  ${line}`)].join('\n'))
      .join('\n'),
    hint: `coracle base verify ${reference} shows all tests.`,
  });
}

function platformText({
  os,
  architecture,
  variant,
}: {
  os: string;
  architecture: string;
  variant?: string;
}): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

function keyOf(digest: string, own: readonly OwnCommand[]): string {
  const words = own.map(({ argv, line }) => line ?? argv);
  return createHash('sha256')
    .update(JSON.stringify([revision, digest, words]))
    .digest('hex');
}
