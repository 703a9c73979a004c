import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Exit } from '../../core/exec.ts';
import { ToolError } from '../../core/errors.ts';
import { failure, open } from '../host/call.ts';
import { loadLibrary, readLibrary } from '../host/library.ts';
import type { HostAgent } from '../host/types.ts';

/** The files are not what they were when they were looked at. */
export const changedMeanwhile = 66;

/** Somebody has removed the library. */
const libraryGone = 90;
/** No certificate could be had. */
export const noCertificate = 68;

/**
 * Runs one operation of host-proxy-setup.sh, which stands on the library that openAgent has put on the host.
 * @throws ToolError PROXY_FAILED, PORT_UNAVAILABLE, DISK_FULL, HOST_UNFIT
 */
export async function runSetup(
  agent: HostAgent,
  operation: 'op_proxy_look' | 'op_proxy_apply' | 'op_proxy_image' | 'op_proxy_acme' | 'op_proxy_end',
  values: Readonly<Record<string, string>>,
): Promise<Exit> {
  const own = readFileSync(fileURLToPath(new URL('./host-proxy-setup.sh', import.meta.url)), 'utf8');
  const { remote, facts } = agent;
  const library = readLibrary();
  const script = `${loadLibrary}${own}\n${operation}\n`;
  const all = { ...values, directory: facts.directory, digest: library.digest };
  let exit = await remote.run(script, { values: all });
  if (exit.code === libraryGone) {
    await open(remote, library);
    exit = await remote.run(script, { values: all });
  }
  if (exit.code === 0 || exit.code === changedMeanwhile || exit.code === noCertificate) return exit;
  if (exit.code === 65) throw refused(remote.host.name, exit.stderr);
  if (exit.code === 67) throw held(remote.host.name, exit.stderr);
  throw failure(remote.host.name, exit);
}

function refused(host: string, said: string): ToolError {
  const [first = '', ...rest] = said.trim().split('\n');
  return new ToolError('PROXY_FAILED', `the proxy of ${host}: ${first}`, {
    hint: 'What it served before it serves still. Its log: docker logs coracle-proxy (or podman logs coracle-proxy) on the host.',
    ...(rest.length > 0 && { detail: rest.join('\n').slice(0, 4000) }),
  });
}

function held(host: string, said: string): ToolError {
  const [port = '', ...holder] = said.trim().split(' ');
  return new ToolError(
    'PORT_UNAVAILABLE',
    `port ${port} of ${host} is held by ${holder.join(' ').slice(0, 200)}`,
    {
      hint: 'The proxy needs it: end what holds it, or set proxy.httpPort, proxy.httpsPort or proxy.metricsPort.',
    },
  );
}
