/** Fields of .PKGINFO by their letters in an index and in apk's database, in the order in which `apk index` writes them. */
const letters: readonly (readonly [letter: string, field: string])[] = [
  ['P', 'pkgname'],
  ['V', 'pkgver'],
  ['A', 'arch'],
  ['S', ''],
  ['I', 'size'],
  ['T', 'pkgdesc'],
  ['U', 'url'],
  ['L', 'license'],
  ['o', 'origin'],
  ['m', 'maintainer'],
  ['t', 'builddate'],
  ['c', 'commit'],
  ['D', 'depend'],
  ['p', 'provides'],
  ['i', 'install_if'],
  ['k', 'provider_priority'],
  ['r', 'replaces'],
  ['q', 'replaces_priority'],
];

/**
 * What apk's database says of a package, from the package itself: so that it is known with or without an index.
 * @param info of .PKGINFO: the values of each field, in order
 * @param proof SHA-1 of the control member, in base64, and the bytes of the whole file
 */
export function databaseLines(
  info: ReadonlyMap<string, readonly string[]>,
  { sha1, size }: { readonly sha1: string; readonly size: number },
): string[] {
  const lines = letters.flatMap(([letter, field]) => {
    const value = letter === 'S' ? String(size) : (info.get(field) ?? []).join(' ');
    return value === '' ? [] : [`${letter}:${value}`];
  });
  return [`C:Q1${sha1}`, ...lines];
}
