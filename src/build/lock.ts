import path from 'node:path';
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { LockedBase } from '../bases/types.ts';
import { caBundle } from '../base/ca-bundle.ts';
import { readLock, writeLock } from '../config/lock.ts';
import type { Lock } from '../config/lock.ts';
import { ensureToolchain, publishedHashes, resolveGoVersion, zoneinfoZip } from '../golang/toolchain.ts';
import type { Toolchain } from '../golang/toolchain.ts';
import { changesOf } from './lock-changes.ts';
import { compareGoVersions, versionAsTyped, versionOfToolchain } from '../golang/version.ts';
import type { Digest } from '../oci/digest.ts';
import { hostPlatform, formatPlatform } from '../oci/platform.ts';
import { step } from './times.ts';

/** The name of the lock file, beside coracle.yaml or go.mod. */
export const lockName = 'coracle.lock';

/** What a project asks of Go: its go.mod's lines, or a version named by hand. */
export interface GoWanted {
  readonly named?: string;
  readonly go?: string;
  readonly toolchain?: string;
}

export interface LockOptions {
  /** Undefined: nothing is kept (a public program named by its version). */
  readonly file?: string;
  /** Fail rather than change the lock. */
  readonly frozen: boolean;
  /** Forget what the lock says, and pin everything anew. */
  readonly update?: boolean;
  readonly wanted: GoWanted;
  /** The base when it is an image, and how to learn its digest now. */
  readonly base?: { readonly reference: string; resolve(): Promise<Digest> };
  /** Packages of bases that are known before the program is. */
  readonly composed?: ComposedWanted;
}

/** Finds the packages of bases: those that are pinned as they are, the others as they are now. */
export type ComposedWanted = (pinned: ComposedLock, update: ComposedLock) => Promise<ComposedLock>;
export type ComposedLock = Readonly<Record<string, LockedBase>>;

export interface LockPlan {
  readonly toolchain: Toolchain;
  readonly before: Lock | undefined;
  readonly after: Lock;
  /** `go 1.26.7 -> 1.26.8`, for people; empty when the lock stays. */
  readonly changes: readonly string[];
  readonly baseDigest?: Digest;
}

/**
 * Every input that is not in the source: obeyed where the lock has it, found out where it has not, and held against what is really here.
 * Writes nothing; see keepLock.
 * @throws ToolError LOCK_MISMATCH when a pinned input cannot be had, or when the lock is frozen and would have to change
 */
export async function planLock(ctx: Ctx, options: LockOptions): Promise<LockPlan> {
  const before = options.file === undefined ? undefined : await readLock(options.file);
  const pinned = options.update ? undefined : before;
  const version = await goVersion(ctx, options.wanted, pinned);
  const arch = formatPlatform(hostPlatform());
  const knownHash = pinned?.go?.version === version ? pinned.go.hash?.[arch] : undefined;
  const [toolchain, baseDigest, composed] = await Promise.all([
    ensureToolchain(ctx, version, knownHash === undefined ? {} : { hash: knownHash }),
    pinnedBase(options, pinned),
    options.composed?.(pinned?.composed ?? {}, options.update ? (before?.composed ?? {}) : {}),
  ]);
  const sameGo = pinned?.go?.version === version;
  // Asked for once, when the version is pinned: what machines of either kind must find.
  const published = options.file === undefined || sameGo ? {} : await publishedHashes(ctx, version);
  const own = toolchain.hash === undefined ? {} : { [arch]: toolchain.hash };
  const ca = caBundle();
  const after: Lock = {
    go: {
      version,
      hash: { ...(sameGo ? pinned?.go?.hash : {}), ...published, ...own },
    },
    caBundle: { source: ca.source, digest: ca.digest },
    zoneinfo: await zoneinfoOf(toolchain),
    bases: {
      ...pinned?.bases,
      ...(options.base && baseDigest ? { [options.base.reference]: baseDigest } : {}),
    },
    ...(composed || pinned?.composed ? { composed: { ...pinned?.composed, ...composed } } : {}),
  };
  if (pinned) holdAgainst(pinned, after, sameGo);
  const changes = changesOf(before, after);
  if (options.frozen) refuseChanges(options.file, changes);
  return { toolchain, before, after, changes, ...(baseDigest ? { baseDigest } : {}) };
}

/** @throws ToolError LOCK_MISMATCH when there are changes, which a frozen lock forbids */
export function refuseChanges(file: string | undefined, changes: readonly string[]): void {
  if (changes.length === 0) return;
  throw new ToolError('LOCK_MISMATCH', `${file ?? lockName} would have to change, and --locked forbids it`, {
    detail: changes.join('\n'),
    hint: 'Run coracle lock --update and commit the file.',
  });
}

/** Writes the lock when it changed, and says so. @returns true when it did */
export async function keepLock(ctx: Ctx, file: string, plan: LockPlan): Promise<boolean> {
  if (plan.changes.length === 0) return false;
  await step(
    ctx,
    `write ${lockName}`,
    async () => writeLock(file, plan.after),
    () => 'commit it',
  );
  if (plan.before) ctx.emit({ kind: 'log', stream: 'stderr', text: `${plan.changes.join('\n')}\n` });
  return true;
}

async function goVersion(ctx: Ctx, wanted: GoWanted, pinned: Lock | undefined): Promise<string> {
  const locked = pinned?.go?.version;
  if (wanted.named !== undefined) {
    const named = versionAsTyped(wanted.named);
    if (named === undefined) {
      throw new ToolError('GO_VERSION_UNKNOWN', `${wanted.named} is no Go version`, {
        hint: 'It looks like 1.26.1 or 1.26.',
      });
    }
    if (locked === named || locked?.startsWith(`${named}.`)) return locked;
    return resolveGoVersion(ctx, { go: named });
  }
  if (locked !== undefined && !older(locked, wanted)) return locked;
  return resolveGoVersion(ctx, {
    ...(wanted.go === undefined ? {} : { go: wanted.go }),
    ...(wanted.toolchain === undefined ? {} : { toolchain: wanted.toolchain }),
  });
}

/** Is the locked version older than go.mod asks for? Then the go command would refuse it. */
function older(locked: string, wanted: GoWanted): boolean {
  const least = [
    wanted.go,
    wanted.toolchain === undefined ? undefined : versionOfToolchain(wanted.toolchain),
  ];
  return least.some((version) => version !== undefined && compareGoVersions(locked, version) < 0);
}

async function pinnedBase({ base }: LockOptions, pinned: Lock | undefined): Promise<Digest | undefined> {
  if (!base) return undefined;
  return pinned?.bases?.[base.reference] ?? base.resolve();
}

async function zoneinfoOf(toolchain: Toolchain): Promise<NonNullable<Lock['zoneinfo']>> {
  const bytes = await fs.readFile(zoneinfoZip(toolchain));
  return {
    source: `go${toolchain.version}`,
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
  };
}

/** A pinned input that came with other bytes is no reason to pin others: it is a reason to stop. */
function holdAgainst(pinned: Lock, after: Lock, sameGo: boolean): void {
  const inputs = [
    [
      'CA bundle',
      pinned.caBundle,
      after.caBundle,
      'It comes with Coracle: use the version that wrote the lock, or run coracle lock --update.',
    ],
    [
      'time zones',
      sameGo ? pinned.zoneinfo : undefined,
      after.zoneinfo,
      'They come with the Go toolchain, whose files were changed: run coracle toolchain remove, or coracle lock --update.',
    ],
  ] as const;
  for (const [what, locked, here, hint] of inputs) {
    if (!locked || !here || locked.digest === here.digest) continue;
    throw new ToolError('LOCK_MISMATCH', `${lockName} pins other bytes for the ${what} than there are here`, {
      detail: `here:   ${here.digest} (${here.source})\nlocked: ${locked.digest} (${locked.source})`,
      hint,
    });
  }
}

/** Where a project's lock is: where the user said, else beside coracle.yaml, else beside go.mod. */
export function lockFileOf(named: string | undefined, projectDirectory: string): string {
  return named ?? path.join(projectDirectory, lockName);
}
