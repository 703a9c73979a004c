import type { Ctx } from '../../core/ctx.ts';
import { isToolError, messageOf } from '../../core/errors.ts';
import { createFetch } from '../../core/http.ts';
import type { FleetHost } from '../../deploy/fleet.ts';
import { inRange } from '../../deploy/phases/probe.ts';
import type { DeploySettings, ProxySettings } from '../../deploy/types.ts';
import type { Finding } from '../finding.ts';

/** Milliseconds without a byte until an answer counts as none. */
const patience = 10_000;

/**
 * Asks the proxy of a host for the health path, through ssh, as a client of the domain would. With TLS, port 80 only sends on to 443; that it
 * answers is what is asked of it then.
 */
export async function askProxy(
  ctx: Ctx,
  { remote }: FleetHost,
  settings: DeploySettings,
  proxy: ProxySettings,
  bad: (rule: string, message: string) => Finding,
): Promise<Finding[]> {
  const path = settings.health.path ?? proxy.service.paths[0] ?? '/';
  const [domain] = proxy.service.domains;
  const secure = proxy.tls.mode !== 'off';
  const port = await remote.forward(proxy.httpPort);
  // Never through a proxy of the environment: the port is on our own loopback.
  const fetch = createFetch({}, ctx.signal);
  try {
    const response = await fetch({
      url: `http://127.0.0.1:${port}${path}`,
      headers: {
        'user-agent': 'coracle',
        connection: 'close',
        ...(domain === undefined ? {} : { host: domain.replace(/^\*\./, 'verify.') }),
      },
      redirect: 'manual',
      idleTimeout: patience,
      connectTimeout: patience,
    });
    response.body.resume();
    const redirected = secure && response.status >= 300 && response.status < 400;
    const well =
      settings.health.path === undefined
        ? response.status < 500
        : inRange(response.status, settings.health.status);
    return well || redirected ? [] : [bad('answer', `answers ${response.status} to ${path}`)];
  } catch (error) {
    if (ctx.signal.aborted) throw error;
    return [bad('answer', `does not answer ${path}: ${messageOf(error)}`)];
  }
}

/**
 * Asks for a URL as anybody would. What cannot be reached from here may well be from elsewhere, so that is no error; an answer of 5xx is
 * an error.
 */
export async function askUrl(ctx: Ctx, url: string, severity: 'warning' | 'note'): Promise<Finding[]> {
  try {
    const response = await ctx.fetch({
      url,
      headers: { 'user-agent': 'coracle' },
      redirect: 'manual',
      idleTimeout: patience,
      connectTimeout: patience,
    });
    response.body.resume();
    if (response.status < 500) return [];
    return [{ rule: 'verify/url', severity: 'error', message: `${url} answers ${response.status}` }];
  } catch (error) {
    if (ctx.signal.aborted || !isToolError(error)) throw error;
    return [
      {
        rule: 'verify/url',
        severity,
        message: `${url} cannot be reached from here: ${error.message}`,
      },
    ];
  }
}
