/** Which Go releases there are for this machine: from the proxy's list of toolchain modules, else from the download page. */
import { ToolError } from '../core/errors.ts';
import { retry } from '../core/retry.ts';
import type { Ctx } from '../core/ctx.ts';
import type { GoEnv } from './goenv.ts';
import { askUrl, readFromProxy, readSmall } from './proxy.ts';
import { parseGoProxy } from './proxy-list.ts';
import type { ProxyList } from './proxy-list.ts';
import { compareGoVersions, isGoVersion, languageVersion } from './version.ts';

export const toolchainModule = 'golang.org/toolchain';

/** The machine we run on, in Go's words. */
export function hostArch(): string {
  const names: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
    x64: 'amd64',
    ia32: '386',
    ppc64: 'ppc64le',
  };
  return names[process.arch] ?? process.arch;
}

/** The version of the toolchain module for this machine: `v0.0.1-go1.26.1.linux-amd64`. */
export function moduleVersion(version: string, arch: string = hostArch()): string {
  return `v0.0.1-go${version}.linux-${arch}`;
}

/** Where toolchains come from: the proxies of GOPROXY; Go's download page when none is named anywhere; nowhere with `off`. */
export type Origin =
  | { readonly kind: 'proxies'; readonly list: ProxyList }
  | { readonly kind: 'page'; readonly base: URL }
  | { readonly kind: 'off' };

/**
 * Where this machine's settings say that toolchains come from.
 * @throws ToolError CONFIG_INVALID for an address that is none
 */
export function toolchainOrigin(ctx: Ctx, env: GoEnv): Origin {
  const list = parseGoProxy(env.get('GOPROXY') ?? 'direct');
  if (list.proxies.length > 0) return { kind: 'proxies', list };
  // `direct` means: from where the thing is made. For toolchains that is the download page.
  return list.end === 'off' ? { kind: 'off' } : { kind: 'page', base: downloadPage(ctx) };
}

/** What GOPROXY=off means for one who needs a toolchain, or a list of them. */
export function fetchingIsOff(): ToolError {
  return new ToolError('TOOLCHAIN_FETCH', 'GOPROXY=off forbids fetching a Go toolchain', {
    hint: 'Install that Go on the machine, or name a proxy with GOPROXY.',
  });
}

/** Go's official download page, or the mirror that CORACLE_GO_DL names. */
export function downloadPage(ctx: Ctx): URL {
  const page = URL.parse(ctx.env['CORACLE_GO_DL'] || 'https://go.dev/dl/');
  if (!page) throw new ToolError('CONFIG_INVALID', 'CORACLE_GO_DL is no address');
  if (!page.pathname.endsWith('/')) page.pathname += '/';
  return page;
}

/** An archive of the download page. */
export interface Archive {
  readonly version: string;
  readonly filename: string;
  readonly sha256: string;
}

/** The versions there are for this machine, oldest first, without the `go` prefix. @throws ToolError NETWORK, TOOLCHAIN_FETCH */
export async function knownReleases(ctx: Ctx, env: GoEnv, origin: Origin): Promise<string[]> {
  if (origin.kind === 'off') throw fetchingIsOff();
  const versions =
    origin.kind === 'proxies'
      ? await proxyReleases(ctx, env, origin.list)
      : (await pageArchives(ctx, origin.base)).map(({ version }) => version);
  return versions.filter((version) => isGoVersion(version)).sort(compareGoVersions);
}

async function proxyReleases(ctx: Ctx, env: GoEnv, list: ProxyList): Promise<string[]> {
  // All of them are asked: a folder made from a module cache lists only what was fetched into it.
  const answers = await Promise.allSettled(
    list.proxies.map(async (proxy) => readFromProxy(ctx, env, proxy, `${toolchainModule}/@v/list`)),
  );
  ctx.signal.throwIfAborted();
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed && answers.every(({ status }) => status === 'rejected')) throw failed.reason;
  const lines = answers.flatMap((answer) =>
    answer.status === 'fulfilled' ? (answer.value?.toString('utf8').split('\n') ?? []) : [],
  );
  const [before, after] = ['v0.0.1-go', `.linux-${hostArch()}`];
  return [...new Set(lines)]
    .map((line) => line.trim())
    .filter((line) => line.startsWith(before) && line.endsWith(after))
    .map((line) => line.slice(before.length, -after.length));
}

/** The archives for this machine that the download page lists. @throws ToolError NETWORK, TOOLCHAIN_FETCH */
export async function pageArchives(ctx: Ctx, base: URL): Promise<Archive[]> {
  const url = new URL('?mode=json&include=all', base);
  const bytes = await retry(ctx.signal, async () => {
    const fetched = await askUrl(ctx, url);
    return fetched && (await readSmall(fetched.body, base.host));
  });
  const arch = hostArch() === 'arm' ? 'armv6l' : hostArch();
  return readArchives(bytes, base).filter(({ filename }) => filename.endsWith(`.linux-${arch}.tar.gz`));
}

function readArchives(bytes: Buffer | undefined, base: URL): Archive[] {
  let releases: unknown;
  try {
    releases = JSON.parse(bytes?.toString('utf8') ?? '');
  } catch {
    throw new ToolError('TOOLCHAIN_FETCH', `${base.host} gives no list of Go releases`);
  }
  const archives: Archive[] = [];
  for (const release of asArray(releases)) {
    for (const item of asArray(asRecord(release)['files'])) {
      const { filename, version, sha256 } = asRecord(item);
      if (typeof filename !== 'string' || typeof version !== 'string' || typeof sha256 !== 'string') continue;
      if (!/^[0-9a-f]{64}$/.test(sha256) || !filename.startsWith(`${version}.linux-`)) continue;
      if (/[^\w.-]/.test(filename)) continue;
      archives.push({ version: version.replace(/^go/, ''), filename, sha256 });
    }
  }
  return archives;
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The error for a release that does not exist, with those nearest to it. */
export async function unknownVersion(
  ctx: Ctx,
  env: GoEnv,
  origin: Origin,
  version: string,
): Promise<ToolError> {
  const all = await knownReleases(ctx, env, origin).catch(() => [] as string[]);
  ctx.signal.throwIfAborted();
  const sameLanguage = all.findLast((known) => languageVersion(known) === languageVersion(version));
  const near = [
    all.findLast((known) => compareGoVersions(known, version) < 0),
    all.find((known) => compareGoVersions(known, version) > 0),
  ];
  const names = [...new Set([...near, sameLanguage, newestRelease(all)])]
    .filter((name) => name !== undefined)
    .sort(compareGoVersions);
  return new ToolError('GO_VERSION_UNKNOWN', `there is no Go ${version} for linux/${hostArch()}`, {
    hint:
      names.length > 0
        ? `Nearest to it: ${names.join(', ')}.`
        : 'Correct the go or toolchain line, or --go-version.',
  });
}

/** The newest of versions in order that is no prerelease. */
export function newestRelease(versions: readonly string[]): string | undefined {
  return versions.findLast((version) => /^[\d.]+$/.test(version));
}
