import { listOf, placeOf, type Looked } from './look.ts';

/** Where programs look for the authorities that they trust: Go's crypto/x509, OpenSSL, and the distributions' own places. */
export const bundlePaths = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
] as const;
const zonePaths = [
  '/usr/share/zoneinfo',
  '/usr/share/lib/zoneinfo',
  '/usr/lib/locale/TZ',
  '/etc/zoneinfo',
  '/usr/local/go/lib/time/zoneinfo.zip',
] as const;
/** The first of the paths at which something lies. */
export function firstOf(looked: Looked, paths: readonly string[]): string | undefined {
  return paths.find((path) => placeOf(looked, path) !== undefined);
}

/** Where time zones lie; an empty directory is none. */
export function zonesOf(looked: Looked): string | undefined {
  return zonePaths.find(
    (path) => (path.endsWith('.zip') && placeOf(looked, path)) || listOf(looked, path).length > 0,
  );
}

/** Folders in which loaders look for libraries. */
function libraryFolders(looked: Looked): string[] {
  const tops = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/usr/local/lib'];
  const multiarch = tops.flatMap((top) =>
    listOf(looked, top).filter((path) => /-linux-(?:gnu|musl)\w*$/.test(path)),
  );
  return [...multiarch, ...tops];
}

/** The first library of such a name in the folders where loaders look. */
export function libraryOf(looked: Looked, name: RegExp): string | undefined {
  for (const folder of libraryFolders(looked)) {
    const found = listOf(looked, folder).find((path) => name.test(path.slice(folder.length + 1)));
    if (found !== undefined) return found;
  }
  return undefined;
}
