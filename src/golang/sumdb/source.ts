/** Which checksum database GOSUMDB means, and by which way it is reached. */
import { ToolError } from '../../core/errors.ts';
import type { Ctx } from '../../core/ctx.ts';
import type { GoEnv } from '../goenv.ts';
import { readFromProxy, viaProxies } from '../proxy.ts';
import { parseGoProxy } from '../proxy-list.ts';
import type { Proxy } from '../proxy-list.ts';
import { parseVerifier } from './note.ts';
import type { Verifier } from './note.ts';
import type { ReadPath } from './tiles.ts';

/** Go's public checksum database: its key is built in, as in the go command, so that no server can give another. */
const publicDatabase = 'sum.golang.org';
const knownKeys: Readonly<Record<string, string>> = {
  [publicDatabase]: 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
};
/** The public database under a name that is reachable from more countries. */
const mirrors: Readonly<Record<string, string>> = {
  'sum.golang.google.cn': 'sum.golang.org https://sum.golang.google.cn',
};

export interface SumDatabase {
  readonly verifier: Verifier;
  readonly read: ReadPath;
}

/**
 * The database that GOSUMDB names: `NAME`, `KEY`, or either with an address. Without one, it is asked for through the first proxy
 * that serves it, else directly.
 * @returns undefined with GOSUMDB=off
 * @throws ToolError CONFIG_INVALID, NETWORK
 */
export async function openSumDatabase(ctx: Ctx, env: GoEnv): Promise<SumDatabase | undefined> {
  const value = env.get('GOSUMDB') ?? publicDatabase;
  if (value === 'off') return undefined;
  const [name = '', address, more] = (mirrors[value] ?? value).trim().split(/\s+/);
  if (more !== undefined) throw new ToolError('CONFIG_INVALID', 'GOSUMDB has more than two words');
  const verifier = parseVerifier(knownKeys[name] ?? name);
  if (URL.parse(`https://${verifier.name}/`)?.href !== `https://${verifier.name}/`) {
    throw new ToolError('CONFIG_INVALID', `GOSUMDB's name ${verifier.name} is no host, or host and path`);
  }
  const own = parseGoProxy(address ?? `https://${verifier.name}`).proxies[0];
  if (!own) throw new ToolError('CONFIG_INVALID', 'the address in GOSUMDB is none');
  const through = address === undefined ? await proxyThatServes(ctx, env, verifier.name) : undefined;
  const prefix = through ? `sumdb/${verifier.name}/` : '';
  return { verifier, read: async (path) => readFromProxy(ctx, env, through ?? own, `${prefix}${path}`) };
}

async function proxyThatServes(ctx: Ctx, env: GoEnv, name: string): Promise<Proxy | undefined> {
  const list = parseGoProxy(env.get('GOPROXY') ?? '');
  return viaProxies(list, async (proxy) =>
    (await readFromProxy(ctx, env, proxy, `sumdb/${name}/supported`)) ? proxy : undefined,
  );
}
