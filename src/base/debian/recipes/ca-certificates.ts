import { ToolError, messageOf } from '../../../core/errors.ts';
import { baseOf } from '../../../layer/safe-path.ts';
import { compareNames } from '../../../layer/names.ts';
import type { BaseInProgress, Recipe } from '../recipe.ts';
import { hereDocuments } from './here-documents.ts';
import { subjectHash } from './subject-hash.ts';

const shipped = 'usr/share/ca-certificates';
const local = 'usr/local/share/ca-certificates';
const place = 'etc/ssl/certs';

/**
 * update-ca-certificates: a link for each authority, all of them in one file, and for each a link by the hash of its name, under which
 * OpenSSL finds it. Unasked, debconf answers that every authority is to be trusted.
 */
export const caCertificates: Recipe = {
  package: 'ca-certificates',
  does: 'runs update-ca-certificates: /etc/ca-certificates.conf, the bundle, a link and a hash link for each authority',
  make: async (base, own) => {
    base.directory(local);
    const names = certificatesBelow(base, shipped);
    const header = hereDocuments(own, 'postinst').get('etc/ca-certificates.conf') ?? '';
    base.file('etc/ca-certificates.conf', header + names.map((name) => `${name}\n`).join(''));
    const paths = [
      ...names.map((name) => `${shipped}/${name}`),
      ...certificatesBelow(base, local).map((name) => `${local}/${name}`),
    ];
    await linkAll(base, paths);
  },
};

/** Names of the .crt files at and below a directory, relative to it. */
function certificatesBelow(base: BaseInProgress, directory: string): string[] {
  const found: string[] = [];
  const left = [directory];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    for (const path of base.children(next)) {
      if (base.entry(path)?.type === 'directory') left.push(path);
      else if (path.endsWith('.crt')) found.push(path.slice(directory.length + 1));
    }
  }
  return found.sort(compareNames);
}

async function linkAll(base: BaseInProgress, paths: readonly string[]): Promise<void> {
  const bundle: Buffer[] = [];
  const certificates = new Map<string, Buffer>();
  for (const path of paths) {
    const pem = (await base.read(path)) ?? Buffer.alloc(0);
    const name = `${baseOf(path).slice(0, -'.crt'.length).replaceAll(/[ ,]/g, '_').replaceAll(/[()]/g, '=')}.pem`;
    base.link(`${place}/${name}`, `/${path}`);
    certificates.set(name, pem);
    bundle.push(pem);
    if (pem.at(-1) !== 0x0a) bundle.push(Buffer.from('\n'));
  }
  base.file(`${place}/ca-certificates.crt`, Buffer.concat(bundle));
  linkHashes(base, certificates);
}

/** As `openssl rehash`: in the order of names; a number for names that hash alike; a certificate that is there already has no second link. */
function linkHashes(base: BaseInProgress, certificates: ReadonlyMap<string, Buffer>): void {
  const known = new Map<string, string[]>();
  for (const name of [...certificates.keys()].sort(compareNames)) {
    const { hash, fingerprint } = hashOf(name, certificates.get(name) ?? Buffer.alloc(0));
    const same = known.get(hash) ?? [];
    known.set(hash, same);
    if (same.includes(fingerprint)) continue;
    base.link(`${place}/${hash}.${same.length}`, name);
    same.push(fingerprint);
  }
}

function hashOf(name: string, pem: Buffer): ReturnType<typeof subjectHash> {
  try {
    return subjectHash(pem);
  } catch (error) {
    throw new ToolError(
      'PACKAGE_INVALID',
      `the authority ${JSON.stringify(name)} is no certificate: ${messageOf(error)}`,
      { cause: error, hint: 'Name another version of ca-certificates, or correct the file under `ca:`.' },
    );
  }
}
