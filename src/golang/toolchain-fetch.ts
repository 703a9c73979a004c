/** Fetches a toolchain, proves it, and unpacks it into an empty directory. Nothing of one that is not proven stays. */
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { promises as fs } from 'node:fs';
import { ToolError, isToolError } from '../core/errors.ts';
import { sha256File } from '../core/files.ts';
import type { Ctx } from '../core/ctx.ts';
import { goCacheDirs } from './goenv.ts';
import type { GoEnv } from './goenv.ts';
import { askProxy, askUrl, viaProxies } from './proxy.ts';
import type { Proxy, ProxyList } from './proxy-list.ts';
import { verifyModuleHash } from './sumdb/verify.ts';
import { download } from './toolchain-download.ts';
import {
  downloadPage,
  fetchingIsOff,
  knownReleases,
  moduleVersion,
  pageArchives,
  toolchainModule,
  unknownVersion,
} from './toolchain-releases.ts';
import type { Origin } from './toolchain-releases.ts';
import { unpackArchive, unpackModule } from './toolchain-unpack.ts';
import { compareGoVersions } from './version.ts';

export interface FetchRequest {
  readonly version: string;
  readonly env: GoEnv;
  readonly origin: Origin;
  /** What the lock holds. */
  readonly hash?: string;
  /** A private directory on the disk of Coracle's home. */
  readonly temp: string;
  readonly progress: (done: number, total: number | undefined) => void;
}

export interface FetchedToolchain {
  /** Where it was unpacked, below `temp`. */
  readonly directory: string;
  /** What proves it. */
  readonly hash: string;
  /** The module's hash of the files as they were written. */
  readonly tree: string;
  readonly bytes: number;
  /** Where it came from, without secrets. */
  readonly from: string;
}

/** @throws ToolError GO_VERSION_UNKNOWN, TOOLCHAIN_FETCH, CHECKSUM_MISMATCH, NETWORK … */
export async function fetchToolchain(ctx: Ctx, request: FetchRequest): Promise<FetchedToolchain> {
  const fetched =
    (await fromModuleCache(ctx, request)) ??
    (await fromOrigin(ctx, request).catch(async (error: unknown) => noneIfUnlisted(ctx, request, error)));
  if (fetched) return fetched;
  throw await unknownVersion(ctx, request.env, request.origin, request.version);
}

/** Some proxies refuse (403) what they do not have. When its list lacks a release too, that is the reason. */
async function noneIfUnlisted(ctx: Ctx, request: FetchRequest, error: unknown): Promise<undefined> {
  if (isToolError(error, 'NETWORK') && !error.retryable) {
    const listed = await knownReleases(ctx, request.env, request.origin).catch(() => [] as string[]);
    ctx.signal.throwIfAborted();
    if (listed.length > 0 && !listed.includes(request.version)) return undefined;
  }
  throw error;
}

async function fromOrigin(ctx: Ctx, request: FetchRequest): Promise<FetchedToolchain | undefined> {
  const { origin, hash } = request;
  // A lock of an old release from the download page holds the archive's hash, which only that archive can have.
  if (hash?.startsWith('sha256:')) return fromPage(ctx, request, downloadPage(ctx));
  if (origin.kind === 'off') throw fetchingIsOff();
  return origin.kind === 'page'
    ? fromPage(ctx, request, origin.base)
    : fromProxies(ctx, request, origin.list);
}

/** The zip that the go command fetched for itself; it is proven like one from anywhere, and passed over when it fails. */
async function fromModuleCache(ctx: Ctx, request: FetchRequest): Promise<FetchedToolchain | undefined> {
  const { GOMODCACHE } = await goCacheDirs(ctx, request.env);
  const zip = path.join(GOMODCACHE, 'cache', 'download', zipPath(request.version));
  if (request.hash?.startsWith('sha256:') || !(await fs.stat(zip).catch(() => undefined))) return undefined;
  try {
    return await fromZip(ctx, request, zip, 'module cache');
  } catch (error) {
    ctx.signal.throwIfAborted();
    // The disk will not be less full for another source.
    if (!isToolError(error) || error.code === 'DISK_FULL') throw error;
    if (error.code === 'CHECKSUM_MISMATCH')
      ctx.emit({ kind: 'warning', message: `${zip} was passed over: ${error.message}` });
    return undefined;
  }
}

function zipPath(version: string): string {
  return `${toolchainModule}/@v/${moduleVersion(version)}.zip`;
}

async function fromProxies(
  ctx: Ctx,
  request: FetchRequest,
  list: ProxyList,
): Promise<FetchedToolchain | undefined> {
  return viaProxies(list, async (proxy) => {
    const zip = await zipFrom(ctx, request, proxy);
    return zip === undefined ? undefined : fromZip(ctx, request, zip, proxy.base.host || 'file');
  });
}

/** The zip in a file: where it lies, for a folder proxy. */
async function zipFrom(ctx: Ctx, request: FetchRequest, proxy: Proxy): Promise<string | undefined> {
  const name = zipPath(request.version);
  if (proxy.base.protocol === 'file:') {
    const file = path.join(fileURLToPath(proxy.base), name);
    return (await fs.stat(file).catch(() => undefined)) ? file : undefined;
  }
  const file = path.join(request.temp, 'toolchain.zip');
  await fs.rm(file, { force: true });
  const there = await download(
    ctx,
    file,
    async (start) => askProxy(ctx, request.env, proxy, name, start),
    request.progress,
  );
  return there ? file : undefined;
}

async function fromZip(
  ctx: Ctx,
  request: FetchRequest,
  zip: string,
  from: string,
): Promise<FetchedToolchain> {
  const directory = await freshDirectory(request);
  const version = moduleVersion(request.version);
  const { h1, bytes } = await unpackModule(ctx, zip, `${toolchainModule}@${version}`, directory);
  if (request.hash?.startsWith('h1:')) checkLocked(request, h1);
  else await verifyModuleHash(ctx, request.env, toolchainModule, version, h1);
  return { directory, hash: h1, tree: h1, bytes, from };
}

async function fromPage(ctx: Ctx, request: FetchRequest, base: URL): Promise<FetchedToolchain | undefined> {
  const archive = (await pageArchives(ctx, base)).find(({ version }) => version === request.version);
  if (!archive) return undefined;
  const url = new URL(archive.filename, base);
  const file = path.join(request.temp, 'toolchain.tar.gz');
  await fs.rm(file, { force: true });
  if (!(await download(ctx, file, async (start) => askUrl(ctx, url, undefined, start), request.progress)))
    return undefined;
  const sha256 = await sha256File(file);
  if (sha256 !== archive.sha256) {
    throw new ToolError('CHECKSUM_MISMATCH', `${archive.filename} is not what ${base.host} publishes`, {
      detail: `fetched:   sha256:${sha256}\npublished: sha256:${archive.sha256}`,
      hint: 'Nothing of it was used. Run the same command again; if it happens again, do not trust this network.',
    });
  }
  const directory = await freshDirectory(request);
  const { h1, bytes } = await unpackArchive(
    ctx,
    file,
    `${toolchainModule}@${moduleVersion(request.version)}`,
    directory,
  );
  // Older releases were not made by one program from one list of files: there is no telling their module's hash.
  const hash = compareGoVersions(request.version, '1.21.0') >= 0 ? h1 : `sha256:${sha256}`;
  checkLocked(request, hash);
  return { directory, hash, tree: h1, bytes, from: base.host };
}

function checkLocked(request: FetchRequest, hash: string): void {
  if (request.hash === undefined || request.hash === hash) return;
  throw new ToolError(
    'CHECKSUM_MISMATCH',
    `Go ${request.version} came with other bytes than coracle.lock says`,
    {
      detail: `fetched: ${hash}\nlocked:  ${request.hash}`,
      hint: 'Nothing of it was used. If the lock is wrong: coracle lock --update',
    },
  );
}

async function freshDirectory({ temp }: FetchRequest): Promise<string> {
  const directory = path.join(temp, 'goroot');
  await fs.rm(directory, { recursive: true, force: true });
  await fs.mkdir(directory);
  return directory;
}
