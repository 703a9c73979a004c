import type { Ctx } from '../../core/ctx.ts';
import { mapLimit } from '../../core/concurrency.ts';
import { compareNames } from '../../layer/names.ts';
import { treeEntries } from '../../layer/tree.ts';
import { fileEntry } from '../parts/entry.ts';
import { baseInProgress } from './base-in-progress.ts';
import { checkScripts } from './check-scripts.ts';
import { openPackage } from './kept-debs.ts';
import type { OpenPackage, WantedPackage } from './kept-debs.ts';
import { mergePackages } from './merge.ts';
import { addAlternatives } from './recipes/alternatives.ts';
import { recipes } from './recipes/all.ts';
import { addUsers } from './recipes/users.ts';
import type { BaseInProgress } from './recipe.ts';
import { addStatus } from './status.ts';
import type { Composition, DebianSource, LockedPackage } from './types.ts';

/** Raised when the same packages and options give other files than before, so that what was kept of them is not used. */
export const compositionRevision = 1;

export interface ComposeOptions {
  /** Seconds since the epoch, of what no package holds. Default 0. */
  readonly mtime?: number;
  /** Certificates (PEM) of authorities to trust beside those of ca-certificates; checked (extra-ca.ts). */
  readonly extraCa?: readonly string[];
  /** Packages that were left out when the others were resolved, and why, for the record. */
  readonly without?: Composition['omitted'];
}

/** Packages fetched at once. */
const lanes = 4;

/**
 * A base from packages: their files as dpkg would leave them, and what their scripts would have made. The same packages and options give
 * the same entries, on any machine. Contents are read from the home when they are asked for.
 * @throws ToolError BASE_SCRIPT_UNKNOWN, PACKAGE_INVALID, PACKAGE_UNRESOLVABLE for packages that have the same file; as openPackage
 */
export async function compose(
  ctx: Ctx,
  packages: readonly WantedPackage[],
  source: DebianSource,
  options: ComposeOptions = {},
): Promise<Composition> {
  const sorted = packages.toSorted((one, other) => compareNames(one.name, other.name));
  const opened = await mapLimit(sorted, lanes, async (record) => openPackage(ctx, record, source));
  checkScripts(opened);
  return composeOpened(opened, options);
}

/** As `compose`, of packages that are at hand, whose scripts were checked. */
export async function composeOpened(
  packages: readonly OpenPackage[],
  options: ComposeOptions,
): Promise<Composition> {
  const { mtime = 0, extraCa = [], without = [] } = options;
  const tree = mergePackages(packages);
  const made = new Map<string, string>();
  let instead = '';
  const names = new Set(packages.map(({ record }) => record.name));
  const base = baseInProgress(tree, names, mtime, (path) => made.set(path, instead));
  const step = async (what: string, work: () => Promise<void> | void): Promise<void> => {
    instead = what;
    await work();
  };
  await step('the authorities of `ca:`', () => addAuthorities(base, extraCa));
  for (const recipe of recipes) {
    const own = packages.find(({ record }) => record.name === recipe.package);
    if (own && recipe.make)
      await step(`${recipe.package}: ${recipe.does}`, async () => recipe.make?.(base, own));
  }
  await step("update-alternatives, for what packages' scripts register", () =>
    addAlternatives(base, packages),
  );
  await step('base-passwd, and the user that images run as', async () => addUsers(base));
  await step("dpkg's list of packages, for scanners", () => addStatus(base, packages));
  // A layer does not say how the root is.
  tree.delete('');
  return {
    packages: packages.map(({ record }) => locked(record)),
    entries: [...treeEntries(tree)],
    generated: [...made]
      .filter(([path]) => tree.has(path))
      .map(([path, script]) => ({ path, instead: script }))
      .sort((one, other) => compareNames(one.path, other.path)),
    omitted: without.map(({ path, why }) => ({ path, why })),
  };
}

/** Where Debian has authorities that are added on a machine, so that its own update-ca-certificates finds them too. */
function addAuthorities(base: BaseInProgress, extraCa: readonly string[]): void {
  for (const [index, pem] of extraCa.entries()) {
    base.replace(
      fileEntry(`usr/local/share/ca-certificates/coracle-${index + 1}.crt`, `${pem.trim()}\n`, base.mtime),
    );
  }
}

function locked({ name, version, architecture, sha256, size, filename }: LockedPackage): LockedPackage {
  return { name, version, architecture, sha256, size, filename };
}
