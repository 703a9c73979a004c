import { X509Certificate } from 'node:crypto';
import { subjectHash } from '../../../base/debian/recipes/subject-hash.ts';
import type { Mount } from '../../../sandbox/types.ts';
import { resolveIn } from '../../../solve/exec/resolve.ts';
import type { Inside } from '../inside.ts';

/** Where programs look for the authorities that they trust: Go's list, which is everybody's. */
const places = [
  'etc/ssl/certs/ca-certificates.crt',
  'etc/pki/tls/certs/ca-bundle.crt',
  'etc/ssl/ca-bundle.pem',
  'etc/pki/tls/cacert.pem',
  'etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  'etc/ssl/cert.pem',
];
/** Where OpenSSL looks for one authority a file, named by a hash of it. */
const folders = ['etc/ssl/certs', 'etc/pki/tls/certs'];

/** The authorities that a base trusts. */
export interface Bundle {
  /** Absolute path. */
  readonly path: string;
  readonly pem: string;
  readonly count: number;
  /** What is wrong with a certificate in it. */
  readonly broken?: string;
}

/** The bundles of a base, links followed, each once. */
export async function bundlesOf(inside: Inside): Promise<Bundle[]> {
  const own = inside.env.get('SSL_CERT_FILE');
  const found = new Map<string, Bundle>();
  for (const place of [...(own === undefined ? [] : [own]), ...places]) {
    const path = await inside.file(place);
    if (path === undefined || found.has(path)) continue;
    const pem = (await inside.text(path)) ?? '';
    const certificates =
      pem.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]*-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
    const broken = certificates.findIndex((text) => !isCertificate(text));
    found.set(path, {
      path,
      pem,
      count: certificates.length,
      ...(certificates.length === 0 && { broken: 'there is no certificate in it' }),
      ...(broken !== -1 && { broken: `its certificate ${broken + 1} cannot be read` }),
    });
  }
  return [...found.values()];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** The same bundles with one more authority in them, to be mounted over them, and the authority under the name of its hash. */
export async function withAuthority(
  inside: Inside,
  bundles: readonly Bundle[],
  authority: string,
): Promise<Mount[]> {
  const file = (target: string, text: string): Mount => ({
    ...{ kind: 'file', target, bytes: Buffer.from(text) },
    ...{ mode: 0o644, uid: 0, gid: 0, readOnly: true },
  });
  const hashed = new Set<string>();
  for (const folder of folders) {
    const { path, entry } = await resolveIn(inside.tree, folder);
    if (entry?.type === 'directory') hashed.add(`/${path}/${subjectHash(authority).hash}.0`);
  }
  return [
    ...bundles.map(({ path, pem }) => file(path, `${pem.trimEnd()}\n${authority}`)),
    ...[...hashed].map((target) => file(target, authority)),
  ];
}
