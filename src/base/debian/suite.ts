import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { retry } from '../../core/retry.ts';
import { downloadSmall } from './download.ts';
import { checkFresh, checkNotRolledBack } from './freshness.ts';
import { newestSeen, rememberSeen } from './home.ts';
import { keysFor } from './keys.ts';
import type { PinnedKey } from './keys.ts';
import { addressOf, archiveOf } from './mirrors.ts';
import { verifyClearsigned } from './openpgp.ts';
import { parseRelease } from './release.ts';
import type { ReleaseFile } from './release.ts';
import { snapshotTime } from './snapshot.ts';
import type { DebianSource } from './types.ts';

/** Bytes of the largest InRelease that is read; Debian's have less than 200 KB. */
const largestRelease = 4 * 1024 * 1024;

/**
 * A suite's Release: signed by a key that may sign it, of the suite that was asked for, not expired, and not older than one seen before.
 * @param suite a codename (`trixie-updates`) or an alias (`stable`)
 * @throws ToolError SIGNATURE_INVALID, INDEX_OUTDATED, INDEX_INVALID, NETWORK, NOT_FOUND
 */
export async function openSuite(
  ctx: Ctx,
  source: DebianSource,
  suite: string,
  keys: readonly PinnedKey[],
): Promise<ReleaseFile> {
  const url = addressOf(source, suite, `dists/${suite}/InRelease`);
  const what = `InRelease of ${suite}`;
  const bytes = await retry(ctx.signal, async () => downloadSmall(ctx, url, largestRelease));
  if (!bytes) throw missing(url, suite, source);
  const at = source.snapshot === undefined ? ctx.now() : snapshotTime(source.snapshot);
  const signs = archiveOf(suite);
  const all = keys.filter((key) => key.signs === signs);
  const { text, signedBy } = await verifyClearsigned(bytes.toString('utf8'), all, at, what);
  const release = parseRelease(text, signedBy, what);
  checkSuite(release, suite);
  checkKey(release, keysFor(releaseOf(release.codename), signs, keys), what);
  checkFresh(release, at, what);
  if (source.snapshot === undefined) await checkAgainstSeen(ctx, release, what);
  return release;
}

/** The codename of the release that a suite belongs to. */
export function releaseOf(codename: string): string {
  return codename.replace(/-(?:updates|security|backports|proposed-updates)$/, '');
}

function checkSuite({ suite, codename }: ReleaseFile, asked: string): void {
  if (codename === asked || suite === asked) return;
  throw new ToolError('INDEX_INVALID', `the mirror has ${codename} (${suite}) in place of ${asked}`, {
    hint: 'Nothing of it was used. Name another mirror: debian.mirror in coracle.yaml.',
  });
}

function checkKey({ signedBy, codename }: ReleaseFile, allowed: readonly PinnedKey[], what: string): void {
  if (allowed.some(({ fingerprint }) => fingerprint === signedBy)) return;
  throw new ToolError(
    'SIGNATURE_INVALID',
    `${what} is signed by ${signedBy}, which is no key for ${codename}`,
    {
      hint: 'Nothing of it was used. Name another mirror: debian.mirror in coracle.yaml.',
    },
  );
}

async function checkAgainstSeen(ctx: Ctx, { codename, date }: ReleaseFile, what: string): Promise<void> {
  const seen = await newestSeen(ctx, codename);
  checkNotRolledBack(date, seen, what);
  if (seen?.getTime() !== date.getTime()) await rememberSeen(ctx, codename, date);
}

function missing(url: URL, suite: string, { snapshot }: DebianSource): ToolError {
  const when = snapshot === undefined ? '' : ` as of ${snapshot}`;
  return new ToolError('NOT_FOUND', `${url.host} has no suite ${suite}${when} (${url.pathname})`, {
    hint:
      archiveOf(suite) === 'security'
        ? 'Name the mirror of the security archive: debian.securityMirror in coracle.yaml.'
        : 'Look at the release (debian.release), or name another mirror (debian.mirror) in coracle.yaml.',
  });
}
