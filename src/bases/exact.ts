import { caBundleDigest } from '../base/ca-bundle.ts';
import { cannotRun } from '../base/check-errors.ts';
import { composeOpened, compositionRevision } from '../base/debian/compose.ts';
import { openPackage } from '../base/debian/kept-debs.ts';
import { debianSource } from '../base/debian/source.ts';
import { baseRevision } from '../base/entries.ts';
import { debianPackagesFor } from '../base/exact/debian-names.ts';
import { exactBase, exactRevision } from '../base/exact/exact.ts';
import type { ExactBase, ExactOptions, LibraryProvider } from '../base/exact/exact.ts';
import { isMusl } from '../base/library-path.ts';
import { mapLimit } from '../core/concurrency.ts';
import type { Ctx } from '../core/ctx.ts';
import type { Binary } from '../golang/binary/read.ts';
import { alpinePackagesFor, alpineTree } from './alpine.ts';
import { digestOf, findPackages, goneFromMirror, openDebian } from './debian.ts';
import { debianVariant } from './packages.ts';
import { composedBase } from './plan.ts';
import type { BasePlan, PlanOptions } from './plan.ts';
import type { BaseSettings, LockedBase } from './types.ts';

/** Packages opened at once. */
const lanes = 4;

/** What decides, of a program, which packages have its libraries. */
export function libraryNeeds({ interpreter, needed }: Pick<Binary, 'interpreter' | 'needed'>): string[] {
  return [...(interpreter === undefined ? [] : [interpreter]), ...needed.toSorted()];
}

export interface ProgramPlanOptions extends PlanOptions, Omit<ExactOptions, 'extraCa'> {
  /** SHA-256 of the time zones, for the key. */
  readonly zoneinfoDigest: string;
}

/**
 * The packages that have the libraries of a program, with those of the base itself.
 * @throws ToolError BASE_CANNOT_RUN for a library of which no package is known; as findPackages
 */
export async function packagesFor(
  ctx: Ctx,
  settings: BaseSettings,
  binary: Binary,
  options: PlanOptions,
): Promise<LockedBase> {
  const { index } = await openDebian(ctx, settings, options);
  const found = debianPackagesFor(binary, (name) => index.versions(name).length > 0);
  if (found.unknown.length > 0 && settings.packages.length === 0) throw unknownLibraries(found.unknown);
  const variant = debianVariant(
    settings,
    settings.name !== 'distalpine' && (options.extraCa ?? []).length > 0,
  );
  // base-files has the links of a merged /usr, and the common licences.
  const own = settings.name === 'distalpine' ? ['base-files'] : [];
  const wanted = [...new Set([...own, ...variant.packages, ...found.packages])].sort();
  const without = variant.without.filter(({ name }) => !wanted.includes(name));
  return findPackages(ctx, settings, { ...variant, packages: wanted, without }, options);
}

/**
 * Exact libraries for one program: glibc's from Debian's packages; musl's too, or from Alpine's where repositories are named.
 * @throws ToolError BASE_CANNOT_RUN naming what no package has; CONFIG_INVALID when no mirror is known; as openIndex
 */
export async function planExact(
  ctx: Ctx,
  settings: BaseSettings,
  binary: Binary,
  options: ProgramPlanOptions,
): Promise<BasePlan> {
  const { locked, provider } = binary.static
    ? { locked: nothing, provider: { name: 'nothing', tree: new Map() } }
    : await provide(ctx, settings, binary, options);
  const made = await exactBase(binary, provider, options);
  const plan = { name: 'distalpine', key: keyOf(made, locked, options), locked };
  const reasons = made.reasons.map(({ part, why }) => `${part}: ${why}`);
  return {
    ...plan,
    compose: async () =>
      composedBase(plan, { generated: [] }, { entries: made.entries, omitted: [] }, reasons),
  };
}

const nothing: LockedBase = { source: 'no packages', packages: [] };

async function provide(
  ctx: Ctx,
  settings: BaseSettings,
  binary: Binary,
  options: ProgramPlanOptions,
): Promise<{ readonly locked: LockedBase; readonly provider: LibraryProvider }> {
  const musl = isMusl(binary.interpreter ?? '');
  if (musl && settings.alpine.repositories.length > 0) {
    const wanted = [...alpinePackagesFor(binary), ...settings.packages];
    const { locked, tree } = await alpineTree(ctx, settings, wanted, options);
    return { locked, provider: { name: 'alpine', tree } };
  }
  const others = musl ? binary.needed.filter((name) => !name.startsWith('libc.')) : [];
  if (others.length > 0) {
    throw cannotRun(`Debian has no ${others.join(', ')} for musl, which the program asks for`, {
      hint: 'Set alpine.repositories and alpine.keys in coracle.yaml, take an image made from alpine that has them, or link them in (--cgo static).',
    });
  }
  const locked = options.locked ?? (await packagesFor(ctx, settings, binary, options));
  const source = await debianSource(ctx, settings.debian, options);
  const opened = await mapLimit(locked.packages, lanes, async (one) => openPackage(ctx, one, source)).catch(
    (error: unknown) => {
      throw goneFromMirror(error, source);
    },
  );
  // Only files are taken from it, so that what scripts would have made need not be known.
  const { entries } = await composeOpened(opened, {});
  return { locked, provider: { name: locked.source, tree: new Map(entries.map((one) => [one.path, one])) } };
}

/** Libraries and licences are proven by their packages; the rest is made of what stands here. */
function keyOf(made: ExactBase, locked: LockedBase, options: ProgramPlanOptions): string {
  return digestOf([
    ...['exact', exactRevision, baseRevision, compositionRevision, locked.source],
    locked.packages.map(({ sha256 }) => sha256),
    made.entries.map(({ path, type, mode, uid, gid, mtime, size, linkName }) => [
      ...[path, type, mode, uid, gid, mtime, size, linkName],
    ]),
    made.libraries,
    ...[options.zoneinfoDigest, caBundleDigest, options.extraCa ?? []],
  ]);
}

function unknownLibraries(names: readonly string[]): Error {
  return cannotRun(`no package of Debian is known that has ${names.join(', ')}, which the program asks for`, {
    hint: 'Name its package (--base distalpine --packages NAME), take an image that has it (--base IMAGE), or link it in (--cgo static).',
  });
}
