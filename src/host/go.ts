import { messageOf } from '../core/errors.ts';
import { parseGoProxy } from '../golang/proxy.ts';
import { openNote } from '../golang/sumdb/note.ts';
import { openSumDatabase } from '../golang/sumdb/source.ts';
import { findHostGo } from '../golang/toolchain-host.ts';
import { knownReleases, newestRelease, toolchainOrigin } from '../golang/toolchain-releases.ts';
import { listToolchains, readFetchEnv } from '../golang/toolchain.ts';
import type { Check } from './check.ts';

export const hostGo: Check = {
  name: 'go',
  run: async (ctx) => {
    const [host, all] = await Promise.all([findHostGo(ctx), listToolchains(ctx)]);
    const fetched = all
      .filter((toolchain) => toolchain.origin === 'fetched')
      .map((toolchain) => toolchain.version);
    const cached = fetched.length === 0 ? '' : `; fetched: ${fetched.join(', ')}`;
    if (host) return { state: 'ok', says: `${host.name} (${host.go})${cached}` };
    return { state: 'ok', says: `none on this machine: Coracle fetches what go.mod asks for${cached}` };
  },
};

/** Where Go toolchains and modules come from: asked for the list of toolchains. */
export const proxy: Check = {
  name: 'Go proxy',
  run: async (ctx) => {
    const env = await readFetchEnv(ctx);
    const origin = toolchainOrigin(ctx, env);
    const from =
      origin.kind === 'page'
        ? origin.base.host
        : parseGoProxy(env.get('GOPROXY') ?? '')
            .proxies.map(({ base }) => base.host || base.pathname)
            .join(', ');
    try {
      const releases = await knownReleases(ctx, env, origin);
      const newest = newestRelease(releases);
      return { state: 'ok', says: `${from} answers${newest === undefined ? '' : `; newest Go ${newest}`}` };
    } catch (error) {
      ctx.signal.throwIfAborted();
      return {
        state: 'problem',
        says: `${from} does not answer: ${messageOf(error)}`,
        hint: 'Check the network, HTTPS_PROXY and GOPROXY. Programs whose modules are all cached or vendored build without it.',
      };
    }
  },
};

/** The checksum database: its latest tree is read and its signature checked. */
export const checksums: Check = {
  name: 'checksums',
  run: async (ctx) => {
    const env = await readFetchEnv(ctx);
    const database = await openSumDatabase(ctx, env);
    if (!database) {
      return {
        state: 'missing',
        says: 'GOSUMDB=off: toolchains cannot be proven by the checksum database',
        hint: 'Unset GOSUMDB, unless you know why it is off.',
      };
    }
    const { name } = database.verifier;
    try {
      const note = await database.read('latest');
      if (note && openNote(note, database.verifier) !== undefined)
        return { state: 'ok', says: `${name} answers, its signature is good` };
      return {
        state: 'problem',
        says: `${name} gives no tree that it has signed`,
        hint: 'Something between here and there changes what it says.',
      };
    } catch (error) {
      ctx.signal.throwIfAborted();
      return {
        state: 'problem',
        says: `${name} does not answer: ${messageOf(error)}`,
        hint: 'Check the network and GOSUMDB.',
      };
    }
  },
};
