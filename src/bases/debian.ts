import { createHash } from 'node:crypto';
import { alpineEquivalent, alpineEquivalentStatement } from '../base/alpine/equivalent.ts';
import { compose, compositionRevision } from '../base/debian/compose.ts';
import { openIndex } from '../base/debian/index.ts';
import { architectureOf, debianSource } from '../base/debian/source.ts';
import type { DebianSource, LockedPackage, PackageIndex } from '../base/debian/types.ts';
import { resolveVariant } from '../base/debian/variants.ts';
import type { Variant } from '../base/debian/variants.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import { leaveOut, slimRevision } from './slim.ts';
import { debianVariant } from './packages.ts';
import { composedBase } from './plan.ts';
import type { BasePlan, Made, PlanOptions } from './plan.ts';
import type { BaseSettings, LockedBase } from './types.ts';

/** Base layers stand on no clock: the same packages are the same layer in every build of every program. */
const mtime = 0;

/**
 * A base from Debian's packages. With a lock neither index nor mirror is asked before a package is really needed.
 * @throws ToolError CONFIG_INVALID naming the key of the mirror; PACKAGE_UNRESOLVABLE; as openIndex
 */
export async function planDebian(ctx: Ctx, settings: BaseSettings, options: PlanOptions): Promise<BasePlan> {
  const { name, slim, omit } = settings;
  const { platform, extraCa = [] } = options;
  architectureOf(platform);
  const variant = debianVariant(settings, extraCa.length > 0);
  const locked = options.locked ?? (await findPackages(ctx, settings, variant, options));
  const equivalent = name === 'alpine-equivalent';
  const key = digestOf([
    ...['debian', compositionRevision, slimRevision, equivalent],
    ...[locked.packages.map(({ sha256 }) => sha256), slim, omit, extraCa],
  ]);
  const plan = { name, key, locked, ...(equivalent && { statement: alpineEquivalentStatement }) };
  return {
    ...plan,
    compose: async () => {
      const source = await debianSource(ctx, settings.debian, { platform });
      const made = await fetchAndMake(ctx, locked, source, extraCa);
      const whole: Made = equivalent ? await alpineEquivalent({ ...made, omitted: [] }, { mtime }) : made;
      return composedBase(plan, whole, leaveOut(whole.entries, { slim, omit }));
    },
  };
}

/** Resolves a list of packages as of now, or of the snapshot. @throws ToolError */
export async function findPackages(
  ctx: Ctx,
  settings: Pick<BaseSettings, 'debian'>,
  variant: Variant,
  options: Pick<PlanOptions, 'platform' | 'keys'>,
): Promise<LockedBase> {
  const { index, source } = await openDebian(ctx, settings, options);
  const { packages } = resolveVariant(index, variant);
  return {
    source: sourceName(index, source),
    wanted: variant.packages,
    packages: packages.map(lockedPackage),
  };
}

/** The index of the release that the settings name. @throws ToolError as debianSource, openIndex */
export async function openDebian(
  ctx: Ctx,
  { debian }: Pick<BaseSettings, 'debian'>,
  { platform, keys }: Pick<PlanOptions, 'platform' | 'keys'>,
): Promise<{ readonly index: PackageIndex; readonly source: DebianSource }> {
  const source = await debianSource(ctx, debian, { platform });
  return { source, index: await openIndex(ctx, source, keys ? { keys } : {}) };
}

/** `debian trixie`, `debian trixie as of 20261101T000000Z`. */
export function sourceName({ releases: [first] }: PackageIndex, { release, snapshot }: DebianSource): string {
  const when = snapshot === undefined ? '' : ` as of ${snapshot}`;
  return `debian ${first?.codename ?? release}${when}`;
}

export function lockedPackage(record: LockedPackage): LockedPackage {
  const { name, version, architecture, sha256, size, filename } = record;
  return { name, version, architecture, sha256, size, filename };
}

async function fetchAndMake(
  ctx: Ctx,
  { packages }: LockedBase,
  source: DebianSource,
  extraCa: readonly string[],
): Promise<Made> {
  try {
    return await compose(ctx, packages, source, { mtime, extraCa });
  } catch (error) {
    throw goneFromMirror(error, source);
  }
}

/** A pinned package that its mirror has no more: archives keep only the newest of each. */
export function goneFromMirror(error: unknown, { snapshot }: DebianSource): unknown {
  if (!isToolError(error, 'NOT_FOUND')) return error;
  const past =
    snapshot === undefined
      ? ', or set debian.snapshot to a day on which it was there, with debian.mirror of a mirror that keeps snapshots'
      : '';
  return new ToolError('NOT_FOUND', `a package that was pinned is not to be had any more: ${error.message}`, {
    hint: `Take what is there now with coracle lock --update${past}.`,
    cause: error,
  });
}

/** SHA-256 in hex of what JSON makes of it. */
export function digestOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
