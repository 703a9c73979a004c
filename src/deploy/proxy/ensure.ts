/**
 * deploy/proxy/ brings the proxy up on a host and keeps it: its container, its files, its certificates. A proxy that has all that a service needs is left
 * alone; it is reloaded only for a service that is new or set up in another way. It must not know releases: what a slot holds is the business of
 * the release and of the scripts in deploy/host/.
 */
import { createHash } from 'node:crypto';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError, isToolError } from '../../core/errors.ts';
import { idleClient, serviceTemplate } from '../../proxy/config.ts';
import { openProxySocket, sendPayload } from '../../proxy/socket.ts';
import type { ProxySocket } from '../../proxy/types.ts';
import type { HostAgent } from '../host/types.ts';
import type { DeploySettings, ProxySettings } from '../types.ts';
import type { Remote } from '../../remote/types.ts';
import type { Certificate } from './certificate.ts';
import { proxyImage } from './image.ts';
import { parseLook } from './look.ts';
import type { HostProxy } from './look.ts';
import { syncMaps } from './maps.ts';
import { changedMeanwhile, runSetup } from './script.ts';
import { fragmentOf, mapsOf, proxyService } from './service.ts';
import { checkRoutes, portsOf, sharedOf } from './shared.ts';
import type { Shared } from './shared.ts';

/** What this part needs of a host of the fleet. */
export interface ProxyHost {
  readonly remote: Remote;
  readonly agent: HostAgent;
}

/**
 * The proxy of a host, running and knowing the service, with both its slots. Says what it had to start, reload or change.
 * @throws ToolError PROXY_FAILED, PORT_UNAVAILABLE, HOST_UNFIT, CONFIG_INVALID for certificates
 */
export async function ensureProxy(
  ctx: Ctx,
  { remote, agent }: ProxyHost,
  settings: DeploySettings,
): Promise<ProxySocket> {
  const { proxy } = settings;
  if (!proxy) throw new Error('a service without a proxy');
  const wanted = await wantedOf(ctx, settings, proxy);
  for (let tries = 5; ; tries--) {
    const look = await lookAt(agent);
    const plan = planFor(remote.host.name, agent, look, settings.service, proxy, wanted);
    if (plan.how !== 'same' && !(await apply(ctx, { remote, agent }, settings, plan, wanted))) {
      if (tries > 0) continue;
      throw new ToolError('PROXY_FAILED', `somebody else keeps changing the proxy of ${remote.host.name}`, {
        retryable: true,
      });
    }
    const socket = await openKnowing({ remote, agent }, settings.service, plan, wanted);
    if (proxy.tls.mode === 'acme') {
      const { keepCertificate } = await import('./acme.ts');
      await keepCertificate(ctx, agent, settings.service, proxy, proxy.tls);
    }
    return socket;
  }
}

interface Wanted {
  readonly fragment: readonly string[];
  readonly template: string;
  readonly certificate: Certificate | undefined;
}

async function wantedOf(ctx: Ctx, settings: DeploySettings, proxy: ProxySettings): Promise<Wanted> {
  const service = proxyService(settings, proxy);
  const { tls } = proxy;
  const certificate =
    tls.mode === 'files'
      ? await (await import('./certificate.ts')).readCertificate(ctx, tls, service.domains)
      : undefined;
  return { fragment: fragmentOf(service), template: serviceTemplate(service, proxy), certificate };
}

export async function lookAt(agent: HostAgent): Promise<HostProxy> {
  const { stdout } = await runSetup(agent, 'op_proxy_look', {});
  return parseLook(agent.remote.host.name, stdout);
}

/** What has to be done on a host, and why. */
interface Plan {
  readonly how: 'same' | 'files' | 'reload' | 'run';
  readonly because: readonly string[];
  readonly look: HostProxy;
  readonly shared: Shared;
  readonly newPorts: readonly number[];
  readonly fragments: ReadonlyMap<string, readonly string[]>;
}

function planFor(
  host: string,
  { facts }: HostAgent,
  look: HostProxy,
  name: string,
  proxy: ProxySettings,
  { fragment, template, certificate }: Wanted,
): Plan {
  const fragments = new Map([...look.services].map(([one, { has }]) => [one, has] as const));
  fragments.set(name, fragment);
  checkRoutes(host, name, fragments);
  const shared = sharedOf(host, facts, look, proxy, name, fragments);
  const before = look.services.get(name);
  const running = look.container?.state === 'running';
  const held = running ? portsOf(look.settings ?? '') : [];
  const newPorts = shared.ports.filter((port) => !held.includes(port));
  const because = [
    ...(before ? [] : [`${name} is new there`]),
    ...(before && before.template !== sha256(template) ? [`${name} is set up in another way`] : []),
    ...(look.base !== undefined && look.base !== sha256(shared.text)
      ? ['ports, TLS or what all services share changed']
      : []),
    ...(look.unfinished ? ['an earlier change was not finished'] : []),
  ];
  const small = [
    ...(before?.has.join('\n') === fragment.join('\n') ? [] : ['its domains or paths changed']),
    ...(certificate && before?.certificate !== certificate.digest ? ['its certificate is another'] : []),
  ];
  const how = !running ? 'run' : because.length > 0 ? 'reload' : small.length > 0 ? 'files' : 'same';
  return { how, because: because.length > 0 ? because : small, look, shared, newPorts, fragments };
}

/** The scripts end every file with a line end. */
function sha256(text: string): string {
  return createHash('sha256').update(`${text}\n`).digest('hex');
}

/** @returns false when the files were changed since they were looked at */
async function apply(
  ctx: Ctx,
  { remote, agent }: ProxyHost,
  settings: DeploySettings,
  plan: Plan,
  { fragment, template, certificate }: Wanted,
): Promise<boolean> {
  const { how, look, shared } = plan;
  const { name } = remote.host;
  const id = `proxy ${name}`;
  const step = { kind: 'step', id, name: `proxy of ${name}` } as const;
  ctx.emit({ ...step, state: 'started', at: ctx.now().getTime(), because: plan.because });
  try {
    const image = how === 'run' ? await imageFor(ctx, agent, settings, look) : '';
    const exit = await runSetup(agent, 'op_proxy_apply', {
      ...{ expected: look.seen, service: settings.service, removed: '', how, image },
      ...{ fragment: fragment.join('\n'), template, certificate: certificate?.pem ?? '' },
      ...{ base: shared.text, settings: shared.settings, first: shared.first ?? '' },
      ports: how === 'files' ? '' : plan.newPorts.join(' '),
      rights: agent.facts.rootless ? 'none' : look.user.uid === 0 ? 'own' : 'others',
      // A new service has nothing that an idle client could miss.
      idle: look.services.has(settings.service) ? String(idleClient / 1000) : '0',
    });
    if (exit.code === changedMeanwhile) return false;
    const note = { run: 'started', reload: 'reloaded', files: 'changed without a reload', same: '' }[how];
    ctx.emit({ ...step, state: 'done', at: ctx.now().getTime(), note });
    return true;
  } catch (error) {
    ctx.emit({ ...step, state: 'failed', at: ctx.now().getTime() });
    throw error;
  }
}

/** The image of a container that was there and does not run stays: a deploy does not change the proxy's version by the way. */
async function imageFor(
  ctx: Ctx,
  agent: HostAgent,
  settings: DeploySettings,
  { container }: HostProxy,
): Promise<string> {
  const { proxy } = settings;
  if (!proxy) throw new Error('a service without a proxy');
  if (container && proxy.image === undefined && /^[A-Za-z0-9][\w./:@-]*$/.test(container.image))
    return container.image;
  return proxyImage(ctx, agent, proxy);
}

/** Opens the socket, and makes what is in memory the same as what is in the files. */
async function openKnowing(
  { remote, agent }: ProxyHost,
  service: string,
  plan: Plan,
  { certificate }: Wanted,
): Promise<ProxySocket> {
  const file = await remote.forwardSocket(`${agent.facts.directory}/proxy/run/haproxy.sock`);
  const socket = await openProxySocket(file);
  try {
    await socket.slots(service);
  } catch (error) {
    if (!isToolError(error, 'PROXY_FAILED')) throw error;
    throw new ToolError(
      'PROXY_FAILED',
      `the proxy of ${remote.host.name} runs without what its files say of ${service}`,
      {
        hint: 'Start it anew on the host: docker restart coracle-proxy (or podman restart coracle-proxy).',
        cause: error,
      },
    );
  }
  await syncMaps(socket, async (text) => sendPayload(file, text), mapsOf([...plan.fragments.values()]));
  if (plan.how === 'files' && certificate) {
    const { swapCertificate } = await import('./swap.ts');
    await swapCertificate(file, service, certificate.pem);
  }
  return socket;
}
