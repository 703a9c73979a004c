import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { retry } from '../../core/retry.ts';

/**
 * A file of a repository in whole.
 * @param limit most bytes that it may have
 * @throws ToolError NETWORK, NOT_FOUND, INDEX_INVALID when it is larger, CONFIG_INVALID for what is no address
 */
export async function fetchFile(ctx: Ctx, address: string, limit: number): Promise<Buffer> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ToolError(
      'CONFIG_INVALID',
      'an address under alpine in coracle.yaml is none that can be fetched',
      {
        hint: 'alpine.repositories are http:// or https:// addresses, as they stand in /etc/apk/repositories.',
      },
    );
  }
  return await retry(ctx.signal, async () => fetchOnce(ctx, url, limit));
}

async function fetchOnce(ctx: Ctx, url: URL, limit: number): Promise<Buffer> {
  const response = await ctx.fetch({ url, headers: { 'accept-encoding': 'identity' } });
  // Without user, password and query, which may be secrets.
  const name = `${url.host}${url.pathname}`;
  const { status, body } = response;
  if (status !== 200) {
    body.destroy();
    const missing = status === 404 || status === 410;
    const passing = status === 408 || status === 429 || status >= 500;
    throw new ToolError(
      missing ? 'NOT_FOUND' : 'NETWORK',
      missing ? `the repository has no ${name}` : `the repository answers ${status} for ${name}`,
      {
        retryable: passing,
        hint: 'Try again later, or name another one: alpine.repositories in coracle.yaml.',
      },
    );
  }
  const announced = Number(response.headers['content-length'] ?? Number.NaN);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > limit) {
      body.destroy();
      throw new ToolError('INDEX_INVALID', `${name} has more than ${limit} bytes`, {
        hint: 'Nothing of it was used. Name another repository: alpine.repositories in coracle.yaml.',
      });
    }
    chunks.push(chunk);
  }
  if (size < announced)
    throw new ToolError('NETWORK', `${url.host} broke off ${url.pathname}`, { retryable: true });
  return Buffer.concat(chunks, size);
}
