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
const largestRelease = 2 * 1024 * 1024;

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
  const { text, signers } = await verifyClearsigned(bytes.toString('utf8'), all, at, what);
  const unjudged = parseRelease(text, what);
  checkSuite(unjudged, suite);
  const allowed = keysFor(releaseOf(unjudged.codename), signs, keys);
  const release = { ...unjudged, signedBy: allowedSigner(unjudged, signers, allowed, what) };
  checkFresh(release, at, what);
  if (source.snapshot === undefined) await checkAgainstSeen(ctx, release, suite, what);
  return release;
}

/** The codename of the release that a suite belongs to. */
export function releaseOf(codename: string): string {
  return codename.replace(/-(?:updates|security|backports|proposed-updates)$/, '');
}

function checkSuite({ suite, codename }: Pick<ReleaseFile, 'suite' | 'codename'>, asked: string): void {
  if (codename === asked || suite === asked) return;
  throw new ToolError('INDEX_INVALID', `the mirror has ${codename} (${suite}) in place of ${asked}`, {
    hint: 'Nothing of it was used. Name another mirror: debian.mirror in coracle.yaml.',
  });
}

/** Of those whose signatures are good, one that may sign this release. */
function allowedSigner(
  { codename }: Pick<ReleaseFile, 'codename'>,
  signers: readonly string[],
  allowed: readonly PinnedKey[],
  what: string,
): string {
  const signedBy = signers.find((signer) => allowed.some(({ fingerprint }) => fingerprint === signer));
  if (signedBy !== undefined) return signedBy;
  throw new ToolError(
    'SIGNATURE_INVALID',
    `${what} is signed by ${signers.join(' and ')}, which is no key for ${codename}`,
    { hint: 'Nothing of it was used. Name another mirror: debian.mirror in coracle.yaml.' },
  );
}

/**
 * Remembered is also what an alias stood for: else a mirror could answer with the last Release of what was stable before.
 */
async function checkAgainstSeen(
  ctx: Ctx,
  { codename, date }: ReleaseFile,
  asked: string,
  what: string,
): Promise<void> {
  for (const name of new Set([codename, asked])) {
    const seen = await newestSeen(ctx, name);
    checkNotRolledBack(date, seen, what);
    if (seen?.getTime() !== date.getTime()) await rememberSeen(ctx, name, date);
  }
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
