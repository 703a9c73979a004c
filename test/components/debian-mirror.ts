/**
 * A mirror of Debian's archive and of its security archive, made in a test and signed with a key of its own; in memory, on loopback. It keeps
 * its word until a test changes what it serves.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import * as openpgp from 'openpgp';
import type { PinnedKey } from '../../src/base/debian/keys.ts';
import type { DebianSource } from '../../src/base/debian/types.ts';
import type { Deb } from './deb.ts';

/** A key that signs, and how Coracle is told to trust it. */
export interface MirrorKey {
  readonly privateKey: openpgp.PrivateKey;
  /** For both archives. */
  readonly pinned: readonly PinnedKey[];
}

export interface SuiteOptions {
  readonly packages?: readonly Deb[];
  /** Default: the mirror's `date`. */
  readonly date?: Date;
  readonly validUntil?: Date;
  /** Default: as the mirror's first key. */
  readonly keys?: readonly MirrorKey[];
  /** Changes the text of Release before it is signed. */
  readonly edit?: (release: string) => string;
  /** Changes the text of Packages before it is hashed. */
  readonly editPackages?: (packages: string) => string;
  /** How Packages is packed. Default gz; xz needs the program of that name. */
  readonly packing?: 'gz' | 'xz';
}

export interface MirrorOptions {
  /** Codename. Default `trixie`. */
  readonly release?: string;
  /** Alias of the release. Default `stable`. */
  readonly alias?: string;
  readonly architecture?: string;
  readonly packages?: readonly Deb[];
  readonly updates?: readonly Deb[];
  readonly security?: readonly Deb[];
  /** Of all Release files. Default: an hour ago. */
  readonly date?: Date;
  readonly key?: MirrorKey;
}

/** What is answered in place of a file. */
export type Answer = (response: ServerResponse) => void;

export interface DebianMirror {
  /** Address of the archive. The security archive's has `-security` behind it. */
  readonly url: string;
  readonly keys: readonly PinnedKey[];
  /** What a build would be told. */
  source(more?: Partial<DebianSource>): DebianSource;
  /** What is served, by path: `/debian/dists/trixie/InRelease`. May be changed. */
  readonly files: Map<string, Buffer | Answer>;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
  /** Puts a suite (`trixie`, `trixie-updates`, `trixie-security`) in place of what was there. */
  publish(suite: string, options: SuiteOptions): Promise<void>;
  /** Keeps what there is now under a date, as archives of the past do; `dated` is their address, with a place for it. */
  keep(snapshot: string): void;
  readonly dated: string;
  stop(): Promise<void>;
}

/** A new key for a mirror. */
export async function makeMirrorKey(
  options: { readonly date?: Date; readonly lifetime?: number; readonly release?: string } = {},
): Promise<MirrorKey> {
  const { date = new Date('2026-01-01T00:00:00Z'), lifetime = 0, release = 'trixie' } = options;
  const { privateKey } = await openpgp.generateKey({
    type: 'curve25519',
    userIDs: [{ name: 'a mirror of a test' }],
    format: 'object',
    date,
    keyExpirationTime: lifetime,
  });
  const fingerprint = privateKey.getFingerprint().toUpperCase();
  const data = Buffer.from(privateKey.toPublic().write()).toString('base64');
  const pinned = (['archive', 'security'] as const).map((signs) => ({ fingerprint, release, signs, data }));
  return { privateKey, pinned };
}

/** Starts a mirror with the release, its updates and its security updates. */
export async function startDebianMirror(options: MirrorOptions = {}): Promise<DebianMirror> {
  const { release = 'trixie', alias = 'stable', architecture = 'amd64' } = options;
  const key = options.key ?? (await makeMirrorKey({ release }));
  const date = options.date ?? new Date(Date.now() - 3_600_000);
  const files = new Map<string, Buffer | Answer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').replace(/\?.*/, ''));
    requests.push(path);
    const file = files.get(path);
    if (typeof file === 'function') file(response);
    else response.writeHead(file ? 200 : 404, file && { 'content-length': file.length }).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}/debian`;
  const publish = async (suite: string, more: SuiteOptions): Promise<void> => {
    const names = [suite, suite.replace(release, alias)];
    const made = await makeSuite({ date, keys: [key], ...more }, suite, names[1] ?? '', architecture);
    const archive = suite.endsWith('-security') ? '/debian-security' : '/debian';
    for (const [name, bytes] of made.suite)
      for (const folder of names) files.set(`${archive}/dists/${folder}/${name}`, bytes);
    for (const [name, bytes] of made.pool) files.set(`${archive}/${name}`, bytes);
  };
  await publish(release, { packages: options.packages ?? [] });
  await publish(`${release}-updates`, { packages: options.updates ?? [] });
  await publish(`${release}-security`, { packages: options.security ?? [] });
  return {
    url,
    keys: key.pinned,
    source: (more = {}) => ({
      release,
      architecture,
      components: ['main'],
      mirrors: { archive: url, security: `${url}-security` },
      ...more,
    }),
    files,
    requests,
    publish,
    keep: (snapshot) => {
      for (const [path, file] of [...files])
        files.set(path.replace(/^(\/debian(?:-security)?)\/(?!\d{8}T)/, `$1/${snapshot}/`), file);
    },
    dated: `${url}/{snapshot}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Files = Map<string, Buffer>;

async function makeSuite(
  options: SuiteOptions & { readonly date: Date; readonly keys: readonly MirrorKey[] },
  codename: string,
  suite: string,
  architecture: string,
): Promise<{ suite: Files; pool: Files }> {
  const pool: Files = new Map();
  const stanzas = (options.packages ?? []).map((deb) => {
    const filename = poolName(deb.control);
    pool.set(filename, deb.bytes);
    const sums = `Filename: ${filename}\nSize: ${deb.bytes.length}\nSHA256: ${sha256(deb.bytes)}\n`;
    return `${deb.control.trimEnd()}\n${sums}\n`;
  });
  const packages = Buffer.from((options.editPackages ?? String)(stanzas.join('')));
  const packing = options.packing ?? 'gz';
  const path = `main/binary-${architecture}/Packages`;
  const packed = packing === 'gz' ? gzipSync(packages) : execFileSync('xz', ['-c'], { input: packages });
  const indexes: Files = new Map([
    [path, packages],
    [`${path}.${packing}`, packed],
  ]);
  const date = (at: Date): string => at.toUTCString().replace('GMT', 'UTC');
  const text = [
    'Origin: Test',
    `Suite: ${suite}`,
    `Codename: ${codename}`,
    `Date: ${date(options.date)}`,
    ...(options.validUntil ? [`Valid-Until: ${date(options.validUntil)}`] : []),
    'Acquire-By-Hash: yes',
    'No-Support-for-Architecture-all: Packages',
    `Architectures: all ${architecture}`,
    'Components: main',
    'SHA256:',
    ...[...indexes].map(([name, bytes]) => ` ${sha256(bytes)} ${bytes.length} ${name}`),
    '',
  ].join('\n');
  const release = (options.edit ?? String)(text);
  const served: Files = new Map([['InRelease', await clearsign(release, options.keys, options.date)]]);
  for (const [name, bytes] of indexes) {
    const folder = name.slice(0, name.lastIndexOf('/'));
    // As in the archive: the unpacked file is only named.
    if (name !== path) served.set(name, bytes).set(`${folder}/by-hash/SHA256/${sha256(bytes)}`, bytes);
  }
  return { suite: served, pool };
}

/** A text signed in the clear by all the keys, as InRelease is. */
export async function clearsign(text: string, keys: readonly MirrorKey[], date: Date): Promise<Buffer> {
  const message = await openpgp.createCleartextMessage({ text });
  const signingKeys = keys.map(({ privateKey }) => privateKey);
  return Buffer.from(await openpgp.sign({ message, signingKeys, date }));
}

function poolName(control: string): string {
  const field = (name: string): string => new RegExp(`^${name}: *(.*)$`, 'm').exec(control)?.[1] ?? '';
  const version = field('Version').replace(/^\d+:/, '');
  const name = field('Package');
  return `pool/main/${name.slice(0, 1)}/${name}/${name}_${version}_${field('Architecture')}.deb`;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
