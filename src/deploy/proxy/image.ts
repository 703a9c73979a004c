import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { hexOf } from '../../oci/digest.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Descriptor } from '../../oci/types.ts';
import type { BaseImage } from '../../bases/types.ts';
import type { HostAgent } from '../host/types.ts';
import type { ProxySettings } from '../types.ts';
import { changedMeanwhile, runSetup } from './script.ts';

/** Images are composed once for all hosts of a command. */
const composed = new WeakMap<Ctx, Map<string, Promise<BaseImage>>>();

/**
 * Brings the proxy's image to a host: the one that the user names, or our own. @returns what the host's runtime knows it by
 * @throws ToolError PROXY_FAILED; as composeProxyImage
 */
export async function proxyImage(ctx: Ctx, agent: HostAgent, settings: ProxySettings): Promise<string> {
  const { image, debian = {} } = settings;
  if (image !== undefined) {
    parseReference(image);
    return named(
      agent,
      await runSetup(agent, 'op_proxy_image', { reference: image, name: '', plain_http: '' }),
    );
  }
  const { platform } = agent.facts;
  const perCtx = composed.get(ctx) ?? new Map<string, Promise<BaseImage>>();
  composed.set(ctx, perCtx);
  const making =
    perCtx.get(platform) ??
    import('./compose-image.ts').then(async ({ composeProxyImage }) =>
      composeProxyImage(ctx, platform, { debian, locked: {} }),
    );
  perCtx.set(platform, making);
  return bringOwn(ctx, agent, (await making).descriptor, 'proxy');
}

/** An image of our store on a host, as coracle/WHAT:DIGEST; nothing is sent when it is there. @returns what the runtime knows it by */
export async function bringOwn(
  ctx: Ctx,
  agent: HostAgent,
  descriptor: Descriptor,
  what: string,
): Promise<string> {
  // Podman looks for names without a registry in a list of them.
  const place = agent.facts.runtime === 'podman' ? 'localhost/' : '';
  const name = `${place}coracle/${what}:${hexOf(descriptor.digest).slice(0, 12)}`;
  const known = await runSetup(agent, 'op_proxy_image', { reference: '', name, plain_http: '' });
  return known.code === changedMeanwhile ? sendImage(ctx, agent, descriptor, name) : named(agent, known);
}

/** The host pulls it from a registry of our store, whose port the connection carries. */
async function sendImage(ctx: Ctx, agent: HostAgent, descriptor: Descriptor, name: string): Promise<string> {
  const { serveImage } = await import('../../registry/serve.ts');
  const { openStore } = await import('../../store/store.ts');
  const server = await serveImage((await openStore(ctx)).blobs, descriptor);
  try {
    const { port } = await server.listen();
    const far = await agent.remote.reverse(port);
    const reference = `127.0.0.1:${far}/${server.name}`;
    return named(agent, await runSetup(agent, 'op_proxy_image', { reference, name, plain_http: 'true' }));
  } catch (error) {
    // The runtime only knows that it did not get a layer; why not, we know.
    throw server.problem() ?? error;
  } finally {
    await server.close();
  }
}

function named(agent: HostAgent, { stdout }: { readonly stdout: string }): string {
  const name = stdout.trim();
  if (/^[A-Za-z0-9][\w./:@-]*$/.test(name)) return name;
  throw new ToolError(
    'PROXY_FAILED',
    `${agent.remote.host.name} does not say what it calls the proxy's image`,
    {
      detail: stdout.slice(0, 1000),
    },
  );
}
