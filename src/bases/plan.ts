import type { PinnedKey } from '../base/debian/keys.ts';
import type { LockedPackage } from '../base/debian/types.ts';
import type { Entry } from '../layer/entry.ts';
import type { Platform } from '../oci/types.ts';
import type { ComposedBase, LockedBase, OmittedKind } from './types.ts';

export interface PlanOptions {
  readonly platform: Platform;
  /** What a lock says of this base: obeyed, and then no index is opened. */
  readonly locked?: LockedBase;
  /** Certificates (PEM, checked) of authorities to trust besides. */
  readonly extraCa?: readonly string[];
  /** Keys that may sign for Debian's archive, in place of its own: for those who sign an archive themselves. */
  readonly keys?: readonly PinnedKey[];
}

/** A base whose packages are known, before any of them is at hand. */
export interface BasePlan {
  readonly name: string;
  /** SHA-256 in hex of everything that decides its files. */
  readonly key: string;
  readonly locked: LockedBase;
  /** What must be said wherever the base is shown. */
  readonly statement?: string;
  /** Fetches the packages, unless they are in the home, and makes the base of them. Each call does it once more. */
  compose(): Promise<ComposedBase>;
}

/** What composing gives, before anything is left out of it. */
export interface Made {
  readonly packages: readonly LockedPackage[];
  readonly entries: readonly Entry[];
  readonly generated: readonly { readonly path: string; readonly instead: string }[];
}

/** The base of what was composed. */
export function composedBase(
  plan: Omit<BasePlan, 'compose'>,
  { generated }: Pick<Made, 'generated'>,
  left: { readonly entries: readonly Entry[]; readonly omitted: readonly OmittedKind[] },
  reasons: readonly string[] = [],
): ComposedBase {
  const there = new Set(left.entries.map(({ path }) => path));
  return {
    kind: 'files',
    name: plan.name,
    key: plan.key,
    locked: plan.locked,
    generated: generated.filter(({ path }) => there.has(path)),
    omitted: left.omitted,
    reasons,
    ...(plan.statement !== undefined && { statement: plan.statement }),
    entries: async () => left.entries,
  };
}
