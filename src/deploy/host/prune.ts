import type { Call } from './call.ts';
import type { HostAgent, Pruned } from './types.ts';

/** A release that a host has something of. */
export interface KeptRelease {
  readonly release: string;
  readonly standing: 'current' | 'previous' | 'pending' | 'kept' | 'failed';
  /** Of its image, with the layers that it shares. */
  readonly bytes: number;
  /** Seconds since it was started. */
  readonly age: number;
}

type Keep = Parameters<HostAgent['prune']>[0];

/** Removes what `leaving` says, or says it only. */
export async function pruneReleases(
  call: Call,
  service: string,
  keep: Keep,
  dryRun: boolean,
): Promise<readonly Pruned[]> {
  const { stdout } = await call('op_releases', {});
  const going = leaving(parseReleases(stdout), keep);
  const named = going.map(({ release, bytes }) => ({
    release,
    image: `coracle/${service}:${release}`,
    bytes,
  }));
  if (dryRun || going.length === 0) return named;
  const done = await call('op_forget', { releases: going.map(({ release }) => release).join(' ') });
  const gone = new Set(done.stdout.split('\n'));
  return named.filter(({ release }) => gone.has(release));
}

/** What `op_releases` printed. Lines of another form are no releases. */
export function parseReleases(text: string): readonly KeptRelease[] {
  return text.split('\n').flatMap((line) => {
    const [release = '', standing = '', bytes = '', age = ''] = line.split(' ');
    const form = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,127}$/;
    if (!form.test(release) || !isStanding(standing) || !/^\d{1,15}$/.test(bytes)) return [];
    return [{ release, standing, bytes: Number(bytes), age: Number(age) || 0 }];
  });
}

/**
 * Which releases go: beyond the number that is kept (the current one counts), older than the age, or, oldest first, until all images together are
 * small enough. What failed goes whatever its age. The current, the previous and a pending one never go.
 */
export function leaving(all: readonly KeptRelease[], keep: Keep): readonly KeptRelease[] {
  const newest = [...all].sort((a, b) => (a.release < b.release ? 1 : -1));
  const kept = newest.filter(({ standing }) => standing === 'kept');
  const fixed = newest.filter(({ standing }) => standing === 'current' || standing === 'previous').length;
  const going = new Set(newest.filter(({ standing }) => standing === 'failed'));
  kept.forEach((release, index) => {
    if (index >= keep.releases - fixed) going.add(release);
    if (keep.age !== undefined && release.age * 1000 > keep.age) going.add(release);
  });
  let bytes = newest.reduce((sum, release) => sum + (going.has(release) ? 0 : release.bytes), 0);
  for (const release of kept.reverse()) {
    if (keep.bytes === undefined || bytes <= keep.bytes) break;
    if (!going.has(release)) bytes -= release.bytes;
    going.add(release);
  }
  return newest.filter((release) => going.has(release));
}

function isStanding(text: string): text is KeptRelease['standing'] {
  return ['current', 'previous', 'pending', 'kept', 'failed'].includes(text);
}
