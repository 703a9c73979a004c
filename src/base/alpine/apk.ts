import { createHash } from 'node:crypto';
import { ToolError } from '../../core/errors.ts';
import { decompress } from '../../layer/decompress.ts';
import { compareNames } from '../../layer/names.ts';
import type { Entry } from '../../layer/entry.ts';
import { readTar } from '../../layer/tar-read.ts';
import { contentOf } from '../tree.ts';
import { readMember } from './members.ts';
import { databaseLines } from './pkginfo.ts';
import { oneChunk, verifySigned } from './signature.ts';
import type { AlpineKey, AlpinePackage } from './types.ts';

/** What a package must be: as an index describes it, or a lock, which knows the whole file by its hash. */
export type ExpectedApk = Pick<AlpinePackage, 'name' | 'version' | 'size'> &
  ({ readonly identity: AlpinePackage['identity'] } | { readonly sha256: string });

/** A package's file, proven to be the one that is meant. */
export interface ApkFile {
  /** Its files and directories, in the order of the package; contents can be opened again and again. */
  readonly entries: readonly Entry[];
  /** Scripts by their names: `post-install`, `trigger`. */
  readonly scripts: ReadonlyMap<string, string>;
  /** Paths whose owner may be another package: `replaces` of .PKGINFO. */
  readonly replaces: readonly string[];
  /** What apk's database says of it. */
  readonly lines: readonly string[];
}

const largestControl = 16 * 1024 * 1024;
/** Bytes that a package's files may have in all. They are kept in memory while the base is made. */
const largestData = 1024 * 1024 * 1024;

/**
 * Reads a version 2 package: three rows of gzip members, of signatures, control files and data. The index's hash proves the control member,
 * whose datahash proves the data; a lock's hash proves the whole. The package's own signature must be one of a pinned key's, too.
 * @throws ToolError CHECKSUM_MISMATCH, SIGNATURE_INVALID, INDEX_INVALID, ARCHIVE_UNSAFE
 */
export async function readApk(
  bytes: Buffer,
  record: ExpectedApk,
  keys: readonly AlpineKey[],
): Promise<ApkFile> {
  const what = `${record.name}-${record.version}.apk`;
  if (bytes.length !== record.size)
    throw mismatch(`${what} has ${bytes.length} bytes, and ${record.size} are meant`);
  const signatures = readMember(bytes, 0, largestControl, what);
  const control = readMember(bytes, signatures.end, largestControl, what);
  const isMeant =
    'sha256' in record
      ? createHash('sha256').update(bytes).digest('hex') === record.sha256
      : createHash(record.identity.algorithm).update(control.packed).digest('hex') === record.identity.hex;
  if (!isMeant) throw mismatch(`${what} is not the package that is meant`);
  await verifySigned(bytes, keys, what, () => control.end);
  const { info, scripts } = await readControl(control.data);
  const data = bytes.subarray(control.end);
  const one = (name: string): string => info.get(name)?.[0] ?? '';
  if (createHash('sha256').update(data).digest('hex') !== one('datahash'))
    throw mismatch(`the data of ${what} is not what its control member says`);
  if (one('pkgname') !== record.name || one('pkgver') !== record.version)
    throw mismatch(`${what} says of itself that it is ${one('pkgname')}-${one('pkgver')}`);
  const entries: Entry[] = [];
  for await (const entry of readTar(decompress(oneChunk(data), { limit: largestData })))
    entries.push(await kept(entry));
  return {
    entries,
    scripts,
    replaces: (info.get('replaces') ?? []).map((word) => word.replace(/[<>=~].*/, '')),
    lines: databaseLines(info, {
      sha1: createHash('sha1').update(control.packed).digest('base64'),
      size: bytes.length,
    }),
  };
}

async function kept(entry: Entry): Promise<Entry> {
  if (entry.type !== 'file') return entry;
  const bytes = (await contentOf(entry, largestData)) ?? Buffer.alloc(0);
  return {
    ...entry,
    content: async function* whole() {
      yield bytes;
    },
  };
}

async function readControl(
  tar: Buffer,
): Promise<{ info: Map<string, string[]>; scripts: Map<string, string> }> {
  const info = new Map<string, string[]>();
  const scripts = new Map<string, string>();
  for await (const entry of readTar(oneChunk(tar))) {
    const text = (await contentOf(entry, largestControl))?.toString('utf8') ?? '';
    if (entry.path === '.PKGINFO') {
      for (const line of text.split('\n')) {
        const [, name = '', value = ''] = /^([a-z_]+) = (.*)$/.exec(line) ?? [];
        if (name !== '') info.set(name, [...(info.get(name) ?? []), value.trim()]);
      }
    } else if (/^\.(?:pre|post)-(?:install|upgrade|deinstall)$|^\.trigger$/.test(entry.path)) {
      scripts.set(entry.path.slice(1), text);
    }
  }
  return { info, scripts: new Map([...scripts].sort(([one], [other]) => compareNames(one, other))) };
}

function mismatch(message: string): ToolError {
  return new ToolError('CHECKSUM_MISMATCH', message, {
    hint: 'Nothing of it was used. The repository is damaged or is being updated: try again later, or name another one (alpine.repositories in coracle.yaml).',
  });
}
