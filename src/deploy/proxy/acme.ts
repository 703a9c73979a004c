/** Certificates by ACME: a small program of our own around lego (acme/main.go), compiled by us, runs on the host beside the proxy. */
import { cp, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { plainDockerfile } from '../../build/dockerfile/settings.ts';
import type { BuildRequest } from '../../build/types.ts';
import { mergeConfig } from '../../config/merge.ts';
import { toRequest } from '../../config/request.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError, messageOf } from '../../core/errors.ts';
import { withTempDir } from '../../core/temp.ts';
import { domainOf } from '../../proxy/words.ts';
import type { ProxyTls } from '../../proxy/types.ts';
import type { Descriptor } from '../../oci/types.ts';
import type { HostAgent } from '../host/types.ts';
import type { ProxySettings } from '../types.ts';
import { bringOwn } from './image.ts';
import { noCertificate, runSetup } from './script.ts';
import { acmePort } from './shared.ts';

/** Built once for all hosts of a command. */
const built = new WeakMap<Ctx, Map<string, Promise<Descriptor>>>();

/**
 * Sees to it that a container on the host gets the service's certificate, and renews it when a third of its life is left. That there is none yet is a
 * warning: the names may point to the host only later, and it is tried again every ten minutes.
 * @throws ToolError PROXY_FAILED when the container does not start; as building Go
 */
export async function keepCertificate(
  ctx: Ctx,
  agent: HostAgent,
  service: string,
  proxy: ProxySettings,
  tls: Extract<ProxyTls, { mode: 'acme' }>,
): Promise<void> {
  const { name } = agent.remote.host;
  const step = {
    kind: 'step',
    id: `acme ${service} ${name}`,
    name: `certificate of ${service} on ${name}`,
  } as const;
  ctx.emit({ ...step, state: 'started', at: ctx.now().getTime() });
  const image = await bringOwn(ctx, agent, await acmeImage(ctx, agent.facts.platform), 'acme');
  const exit = await runSetup(agent, 'op_proxy_acme', {
    ...{ service, image, email: tls.email, acme: tls.directory ?? '' },
    domains: proxy.service.domains.map((domain) => domainOf(domain)).join(' '),
    listen: `127.0.0.1:${acmePort(proxy.metricsPort)}`,
    authority: tls.ca === undefined ? '' : await readAuthority(tls.ca),
    rights: agent.facts.rootless ? 'none' : '',
  });
  const missing = exit.code === noCertificate;
  ctx.emit({ ...step, state: missing ? 'failed' : 'done', at: ctx.now().getTime() });
  if (!missing) return;
  const why = exit.stdout.trim().slice(0, 1000);
  ctx.emit({
    kind: 'warning',
    message: `${service} has no certificate on ${name} yet${why === '' ? '' : `: ${why}`}`,
    hint: `Its names must point to the host, and the authority must reach its port ${proxy.httpPort}. It is tried again every ten minutes; the log: docker logs coracle-acme-${service} (or podman).`,
  });
}

async function readAuthority(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ToolError('CONFIG_INVALID', `proxy.tls.ca: ${file} cannot be read: ${messageOf(error)}`);
  }
}

async function acmeImage(ctx: Ctx, platform: string): Promise<Descriptor> {
  const perCtx = built.get(ctx) ?? new Map<string, Promise<Descriptor>>();
  built.set(ctx, perCtx);
  const known = perCtx.get(platform) ?? buildAcme(ctx, platform);
  perCtx.set(platform, known);
  return known;
}

/** In a directory of its own: nothing is written beside the source, and nothing beside it changes the build. */
async function buildAcme(outer: Ctx, platform: string): Promise<Descriptor> {
  // A lock that was written, and is to be committed, is not the user's.
  const ctx: Ctx = { ...outer, emit: () => undefined };
  const [{ build }, { markBeginning }, { readVcs }] = await Promise.all([
    import('../../build/build.ts'),
    import('../../golang/inputs-recorder.ts'),
    import('../../golang/vcs.ts'),
  ]);
  return withTempDir(ctx, async (directory) => {
    await cp(fileURLToPath(new URL('./acme', import.meta.url)), directory, { recursive: true });
    const began = await markBeginning(ctx);
    const door = { enterUserNamespace: async () => Promise.resolve() };
    const { result } = await build(ctx, requestFor(directory, platform), {
      ...{ began, earlier: {}, door },
      readVcs: async (where) => readVcs(ctx, where),
    });
    const [image] = result.images;
    if (!image) throw new Error('no image');
    return image.descriptor;
  });
}

function requestFor(directory: string, platform: string): BuildRequest {
  const said = { config: { platforms: [platform] }, from: () => ({ name: 'the host' }) };
  const { config, origin } = mergeConfig([said]);
  return toRequest(config, origin, {
    ...{ what: directory, main: [], frontend: 'go', dockerfile: plainDockerfile },
    given: { goOnly: [], dockerfileOnly: [] },
    ...{ tags: ['coracle/acme'], push: false, outputs: [], noCache: false, indexAnnotations: {} },
    ...{ locked: false, insecure: [], consulted: [] },
  });
}
