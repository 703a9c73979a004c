import { ToolError } from '../../core/errors.ts';
import type { Release } from '../types.ts';
import type { Call } from './call.ts';
import type { HostAgent } from './types.ts';

/** @throws ToolError CONTAINER_FAILED with the runtime's words, DISK_FULL */
export async function pullImage(
  call: Call,
  host: string,
  reference: string,
  release: Release,
  { plainHttp, login }: Parameters<HostAgent['pull']>[2],
): Promise<string> {
  const { stdout } = await call('op_pull', {
    reference,
    release: release.id,
    plain_http: String(plainHttp),
    login: login === undefined ? '' : loginFile(login),
  });
  const name = stdout.trim();
  if (/^[a-z0-9][a-zA-Z0-9./_-]*:[A-Za-z0-9._-]+$/.test(name)) return name;
  throw new ToolError('CONTAINER_FAILED', `${host} does not say what it calls the image`, {
    detail: stdout.slice(0, 2000),
  });
}

/** As `docker login` writes it. */
function loginFile(login: { registry: string; username: string; password: string }): string {
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  return JSON.stringify({ auths: { [login.registry]: { auth } } });
}
