import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import type { Trust } from '../core/agents.ts';
import { fileError } from '../core/files.ts';
import { onceMap } from '../core/concurrency.ts';

/** Where Docker and Podman look for a registry's certificates: a folder named as the host, with its port. */
export function certificateDirectories(ctx: Ctx): readonly string[] {
  const home = ctx.env['HOME'];
  const own = home
    ? [
        path.join(ctx.env['XDG_CONFIG_HOME'] || path.join(home, '.config'), 'containers/certs.d'),
        path.join(home, '.config/docker/certs.d'),
      ]
    : [];
  return [...own, '/etc/containers/certs.d', '/etc/docker/certs.d'];
}

/**
 * Whom to trust at a host: `ca` (PEM, for every host), what its folders hold (`*.crt` are authorities, `*.cert` with `*.key` our own
 * certificate), and nobody in particular for the hosts named `insecure`.
 */
export function createTrust(
  directories: readonly string[],
  options: { readonly ca?: string; readonly insecure: readonly string[] },
): (url: URL) => Promise<Trust> {
  const once = onceMap<Trust>();
  return async (url) => {
    if (url.protocol !== 'https:') return {};
    if (options.insecure.includes(url.host)) return { insecure: true };
    return await once(url.host, async () => {
      const found = await Promise.all(directories.map(async (directory) => readFolder(directory, url.host)));
      const ca = [options.ca, ...found.map((folder) => folder.ca)]
        .filter((pem) => pem !== undefined && pem !== '')
        .join('\n');
      const identity = found.find((folder) => folder.identity)?.identity;
      return { ...(ca !== '' && { ca }), ...(identity && { identity }) };
    });
  };
}

async function readFolder(directory: string, host: string): Promise<Trust> {
  // A host comes from outside, through a redirect: it must not climb.
  if (!/^[A-Za-z0-9[]/.test(host)) return {};
  const folder = path.join(directory, host);
  const names = await fs.readdir(folder).catch(() => [] as string[]);
  const read = async (name: string): Promise<string> => {
    try {
      return await fs.readFile(path.join(folder, name), 'utf8');
    } catch (error) {
      throw fileError(error, 'read', path.join(folder, name));
    }
  };
  const authorities = await Promise.all(names.filter((name) => name.endsWith('.crt')).map(read));
  const cert = names.find(
    (name) => name.endsWith('.cert') && names.includes(name.replace(/\.cert$/, '.key')),
  );
  return {
    ...(authorities.length > 0 && { ca: authorities.join('\n') }),
    ...(cert !== undefined && {
      identity: { cert: await read(cert), key: await read(cert.replace(/\.cert$/, '.key')) },
    }),
  };
}
