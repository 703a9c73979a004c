/** A release's name and address: pure. */
import { hexOf } from '../oci/digest.ts';
import type { DeployImage, DeploySettings, Release } from './types.ts';

/**
 * A new release of an image. Its name is the time in UTC and the beginning of the digest; a second is added while `taken` has the name, so that two deploys of
 * one image are two releases.
 */
export function newRelease(
  settings: DeploySettings,
  image: DeployImage,
  by: string,
  now: Date,
  taken: ReadonlySet<string>,
): Release {
  const at = now.getTime();
  const name = (seconds: number): string =>
    `${stamp(new Date(at + seconds * 1000))}-${hexOf(image.digest).slice(0, 7)}`;
  let later = 0;
  while (taken.has(name(later))) later++;
  return {
    id: name(later),
    service: settings.service,
    image: image.digest,
    version: image.version,
    by,
    at,
  };
}

/** `20261122-004512`. */
function stamp(time: Date): string {
  return time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
}

/** Where people find the service; without domains, where its hosts answer. */
export function urlsOf(settings: DeploySettings): string[] {
  const { proxy } = settings;
  if (!proxy) return [];
  const secure = proxy.tls.mode !== 'off';
  const port = secure ? proxy.httpsPort : proxy.httpPort;
  const suffix = port === (secure ? 443 : 80) ? '' : `:${port}`;
  const names = proxy.service.domains.length > 0 ? proxy.service.domains : settings.hosts.map(hostName);
  const path = proxy.service.paths[0] ?? '/';
  return names.map((name) => `${secure ? 'https' : 'http'}://${name}${suffix}${path}`);
}

function hostName({ address }: { readonly address: string }): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** How the user names the environment on a command line: ` production`, or nothing. */
export function inEnvironment(settings: Pick<DeploySettings, 'environment'>): string {
  return settings.environment === undefined ? '' : ` ${settings.environment}`;
}
