import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { decompress } from '../../layer/decompress.ts';
import { downloadVerified, retryDownload } from './download.ts';
import type { Expected } from './download.ts';
import { keepPackages, keptPackages } from './home.ts';
import { addressOf } from './mirrors.ts';
import { compactPackages } from './packages.ts';
import type { Packages } from './packages.ts';
import type { ReleaseFile } from './release.ts';
import type { DebianSource } from './types.ts';

/** The Packages files that hold what the architecture needs, without the ending of their packing. */
export function indexPaths(release: ReleaseFile, { components, architecture }: DebianSource): string[] {
  const architectures = release.separateAll ? [architecture, 'all'] : [architecture];
  if (!release.architectures.includes(architecture)) {
    throw new ToolError('CONFIG_INVALID', `${release.codename} has no packages for ${architecture}`, {
      hint: `It has: ${release.architectures.join(', ')}.`,
    });
  }
  return components.flatMap((component) => {
    if (release.components.includes(component)) {
      return architectures.map((name) => `${component}/binary-${name}/Packages`);
    }
    throw new ToolError('CONFIG_INVALID', `${release.codename} has no component ${component}`, {
      hint: `It has: ${release.components.join(', ')}.`,
    });
  });
}

/** By how soon they give an index: gzip has a third more bytes than xz, and unpacks more than ten times as fast. */
const packings = ['.gz', '.xz', ''];

/**
 * A suite's packages, from the home or from the mirror.
 * @param path as `indexPaths` gives it
 * @throws ToolError CHECKSUM_MISMATCH, INDEX_INVALID, NOT_FOUND, NETWORK
 */
export async function openPackages(
  ctx: Ctx,
  source: DebianSource,
  release: ReleaseFile,
  path: string,
): Promise<Packages> {
  const plain = release.files.get(path);
  const packed = packings.map((ending) => path + ending).find((name) => release.files.has(name));
  const expected = packed === undefined ? undefined : release.files.get(packed);
  if (packed === undefined || !expected) {
    throw new ToolError('INDEX_INVALID', `the Release of ${release.codename} names no ${path}`, {
      hint: 'Name another mirror: debian.mirror in coracle.yaml.',
    });
  }
  const kept = await keptPackages(ctx, expected.sha256);
  if (kept) return kept;
  const packages = await retryDownload(ctx, async () =>
    fetchPackages(ctx, addresses(source, release, packed, expected), expected, plain?.size),
  );
  await keepPackages(ctx, expected.sha256, packages);
  return packages;
}

function addresses(
  source: DebianSource,
  { codename, byHash }: ReleaseFile,
  path: string,
  { sha256 }: Expected,
): URL[] {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const names = byHash ? [`${folder}/by-hash/SHA256/${sha256}`, path] : [path];
  return names.map((name) => addressOf(source, codename, `dists/${codename}/${name}`));
}

async function fetchPackages(
  ctx: Ctx,
  urls: readonly URL[],
  packed: Expected,
  limit: number | undefined,
): Promise<Packages> {
  const bytes = downloadVerified(ctx, urls, packed);
  return compactPackages(decompress(bytes, { anyArchive: true, ...(limit !== undefined && { limit }) }));
}
