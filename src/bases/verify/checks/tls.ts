import { X509Certificate } from 'node:crypto';
import { composedOf, failed, notApplicable, outside, passed, type Trial } from '../trial.ts';
import type { Tried } from '../types.ts';
import { bundlesOf, withAuthority, type Bundle } from './bundle.ts';
import { tlsClients, type TlsClient } from './tls-clients.ts';

/**
 * A server whose authority nobody knows must be refused, and accepted when that authority stands in the base's bundle besides its own. So
 * the bundle is read where it lies, and it decides.
 */
export async function tls(trial: Trial): Promise<Tried> {
  const bundles = await bundlesOf(trial.inside);
  if (bundles.length === 0) return withoutBundle(trial);
  const broken = bundles.find((bundle) => bundle.broken !== undefined);
  if (broken) return failed(`${broken.path}: ${broken.broken ?? ''}`, outside);
  const clients = await tlsClients(trial);
  const count = `${Math.max(...bundles.map((bundle) => bundle.count))} authorities`;
  if (clients.length === 0) return fromOutside(trial, bundles, count);
  for (const client of clients) {
    const wrong = await tryClient(trial, client, bundles);
    if (wrong) return wrong;
  }
  return passed(
    `${count}; a server of an unknown one is refused, and accepted when its authority is added to them`,
    clients.map(({ by }) => by).join('; '),
  );
}

async function tryClient(
  { inside, service }: Trial,
  client: TlsClient,
  bundles: readonly Bundle[],
): Promise<Tried | undefined> {
  const asItIs = await client.connect({});
  const first = client.judge(asItIs);
  if (first === 'accepted') return failed('a server of an unknown authority is accepted', client.by, asItIs);
  if (first === 'other') return failed('no TLS connection comes about', client.by, asItIs);
  const mounts = await withAuthority(inside, bundles, service.authority);
  const added = await client.connect({ mounts });
  if (client.judge(added) === 'accepted') return undefined;
  const paths = bundles.map(({ path }) => path).join(', ');
  return failed(`a server is refused although its authority stands in ${paths}`, client.by, added);
}

function withoutBundle({ request }: Trial): Tried {
  if (composedOf(request, 'ca-certificates') === true)
    return failed('ca-certificates is among its packages, and there is no bundle of authorities', outside);
  return notApplicable('there are no certificate authorities in it');
}

/** Each certificate was read; Node's own OpenSSL does not run inside, so it decides nothing here. */
function fromOutside({ ctx }: Trial, bundles: readonly Bundle[], count: string): Tried {
  const certificates = bundles.flatMap(
    ({ pem }) => pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [],
  );
  const now = ctx.now().getTime();
  const valid = certificates.filter((text) => Date.parse(new X509Certificate(text).validTo) > now);
  if (valid.length === 0) return failed('every authority in the bundle is expired', outside);
  return passed(
    `${count}, all of which can be read; no connection was tried, as nothing in it speaks TLS and there is no Go here to make a program that does`,
    outside,
  );
}
