import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { debianKeys } from './keys.ts';
import type { PinnedKey } from './keys.ts';
import { indexPaths, openPackages } from './open-packages.ts';
import { linesOf, linesProviding, requiredLines } from './packages.ts';
import type { Packages } from './packages.ts';
import { readLine } from './record-line.ts';
import type { ReleaseFile } from './release.ts';
import { openSuite, releaseOf } from './suite.ts';
import { snapshotTime } from './snapshot.ts';
import type { DebianSource, PackageIndex, PackageRecord } from './types.ts';
import { compareVersions } from './versions.ts';

export interface IndexOptions {
  /** Keys that may sign. Default: Debian's own. For those who sign an archive themselves. */
  readonly keys?: readonly PinnedKey[];
}

/**
 * All packages of a release with its updates and security updates, verified down from the signed Release of each suite. Indexes
 * of packages are kept in the home by their digest.
 * @throws ToolError SIGNATURE_INVALID, INDEX_OUTDATED, INDEX_INVALID, CHECKSUM_MISMATCH, NOT_FOUND, NETWORK, CONFIG_INVALID
 */
export async function openIndex(
  ctx: Ctx,
  source: DebianSource,
  options: IndexOptions = {},
): Promise<PackageIndex> {
  checkSource(source);
  const keys = options.keys ?? (await debianKeys());
  const releases = await openSuites(ctx, source, keys);
  const parts = await Promise.all(
    releases.flatMap((release) =>
      indexPaths(release, source).map(async (path) => ({
        suite: release.codename,
        packages: await openPackages(ctx, source, release, path),
      })),
    ),
  );
  return makeIndex(releases, parts);
}

const aliases = /^(?:stable|oldstable|oldoldstable|testing|unstable)$/;

/** The release, its updates, its security updates; an alias's codename is known only when its own Release is read. */
async function openSuites(
  ctx: Ctx,
  source: DebianSource,
  keys: readonly PinnedKey[],
): Promise<ReleaseFile[]> {
  const { release } = source;
  const open = async (suite: string): Promise<ReleaseFile> => openSuite(ctx, source, suite, keys);
  const first = open(release);
  const codename = aliases.test(release) ? releaseOf((await first).codename) : release;
  const others = codename === 'sid' ? [] : [`${codename}-updates`, `${codename}-security`];
  return Promise.all([first, ...others.map(open)]);
}

interface Part {
  readonly suite: string;
  readonly packages: Packages;
}

function makeIndex(releases: readonly ReleaseFile[], parts: readonly Part[]): PackageIndex {
  const known = new Map<string, readonly PackageRecord[]>();
  const collect = (key: string, look: (packages: Packages) => string[]): readonly PackageRecord[] => {
    const before = known.get(key);
    if (before) return before;
    const found = parts.flatMap(({ suite, packages }) => look(packages).map((line) => readLine(line, suite)));
    const records = newestFirst(found);
    known.set(key, records);
    return records;
  };
  return {
    releases,
    versions: (name) => collect(`versions ${name}`, (packages) => linesOf(packages, name)),
    providers: (name) => collect(`providers ${name}`, (packages) => linesProviding(packages, name)),
    required: () => newestOfEach(collect('required', requiredLines)),
  };
}

function newestOfEach(records: readonly PackageRecord[]): PackageRecord[] {
  return records.filter(({ name }, at) => records[at - 1]?.name !== name);
}

/** By name, each newest first; one that several suites hold comes from the first of them. */
function newestFirst(found: readonly PackageRecord[]): PackageRecord[] {
  const unique = new Map<string, PackageRecord>();
  for (const record of found) {
    const key = `${record.name} ${record.version} ${record.architecture} ${record.sha256}`;
    if (!unique.has(key)) unique.set(key, record);
  }
  return [...unique.values()].sort(
    (one, other) =>
      (one.name < other.name ? -1 : one.name > other.name ? 1 : 0) ||
      compareVersions(other.version, one.version),
  );
}

function checkSource({ release, architecture, components, snapshot }: DebianSource): void {
  const wrong = (what: string, value: string): ToolError =>
    new ToolError('CONFIG_INVALID', `${JSON.stringify(value)} is no ${what} of Debian`, {
      hint: 'In coracle.yaml: debian.release is a codename (trixie) or an alias (stable), debian.components are names such as main.',
    });
  if (!/^[a-z][a-z0-9]*$/.test(release)) throw wrong('release', release);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(architecture)) throw wrong('architecture', architecture);
  for (const name of components) if (!/^[a-z][a-z0-9-]*$/.test(name)) throw wrong('component', name);
  if (snapshot !== undefined) snapshotTime(snapshot);
}
