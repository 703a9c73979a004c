/**
 * Which Debian package holds a shared library. The rule (Debian policy, section 8.1) makes the package's name of the library's
 * SONAME; those below do not follow it.
 */
const exceptions: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^(?:ld-linux.*|ld64|lib(?:c|m|dl|rt|pthread|resolv|util|anl|BrokenLocale|mvec|nss_(?:files|dns|compat|hesiod)))\.so\.\d+$/,
    ['libc6'],
  ],
  [/^ld-musl-/, ['musl']],
  [/^libgcc_s\.so\.1$/, ['libgcc-s1']],
  [/^libz\.so\.1$/, ['zlib1g']],
  [/^lib(?:ssl|crypto)\.so\.3$/, ['libssl3t64', 'libssl3']],
  [/^lib(?:ssl|crypto)\.so\.1\.1$/, ['libssl1.1']],
  [/^libbz2\.so\.1(?:\.0)?$/, ['libbz2-1.0']],
  [/^libnss3|^libnssutil3|^libsmime3|^libssl3\.so/, ['libnss3']],
  [/^lib(?:nspr4|plc4|plds4)\.so$/, ['libnspr4']],
  [/^lib(?:gio|glib|gobject|gmodule|gthread)-2\.0\.so\.0$/, ['libglib2.0-0t64', 'libglib2.0-0']],
  [/^libcurl\.so\.4$/, ['libcurl4t64', 'libcurl4']],
  [/^libkrb5support\.so\.0$/, ['libkrb5support0']],
  [/^libgssapi_krb5\.so\.2$/, ['libgssapi-krb5-2']],
  [/^liblber-.*$|^libldap-2\.5\.so\.0$/, ['libldap-2.5-0', 'libldap2']],
  [/^libxml2\.so\.2$/, ['libxml2']],
  [/^libicu[a-z]+\.so\.(\d+)$/, ['libicu$1']],
];

/**
 * Candidates, the likeliest first: which of them a release has, its index knows. Empty for a name that follows no rule.
 * `libsqlite3.so.0` gives libsqlite3-0 and libsqlite3-0t64.
 */
export function debianPackagesOf(soname: string): string[] {
  for (const [form, names] of exceptions) {
    const match = form.exec(soname);
    if (match) return names.map((name) => name.replace('$1', match[1] ?? ''));
  }
  const [, name, version] =
    /^(lib[A-Za-z0-9_+.-]+?)\.so\.([0-9.]+)$/.exec(soname) ?? fromDashed(soname) ?? [];
  if (name === undefined || version === undefined) return [];
  const plain = name.toLowerCase().replaceAll('_', '-');
  const dash = /\d$/.test(plain) ? '-' : '';
  return [`${plain}${dash}${version}`, `${plain}${dash}${version}t64`];
}

/** `libdb-5.3.so`: the version stands in the name. */
function fromDashed(soname: string): readonly [string, string, string] | undefined {
  const [whole, name, version] = /^(lib[A-Za-z0-9_+.]+)-([0-9.]+)\.so$/.exec(soname) ?? [];
  return whole === undefined || name === undefined || version === undefined
    ? undefined
    : [whole, name, version];
}

/** Symbol-like parts of a program that say which packages to compose before any library is at hand. */
export interface LibraryNeeds {
  readonly interpreter?: string;
  readonly needed: readonly string[];
}

/**
 * The Debian packages to compose so that `exactBase` finds what a program asks for: each library's first candidate that the index has.
 * What the libraries themselves need comes with the packages' dependencies.
 * @param has whether the index has a package of that name
 * @returns packages, and the libraries for which none is known
 */
export function debianPackagesFor(
  { interpreter, needed }: LibraryNeeds,
  has: (name: string) => boolean,
): { readonly packages: readonly string[]; readonly unknown: readonly string[] } {
  const packages = new Set<string>();
  const unknown: string[] = [];
  const loader = interpreter === undefined ? [] : [interpreter.slice(interpreter.lastIndexOf('/') + 1)];
  const musl = loader.some((name) => name.startsWith('ld-musl-'));
  for (const name of [...loader, ...needed]) {
    if (musl && /^libc\.(?:musl|so)/.test(name)) continue;
    const found = debianPackagesOf(name).find(has);
    if (found === undefined) unknown.push(name);
    else packages.add(found);
  }
  // glibc opens it when a thread ends early; see at-run-time.ts.
  if (packages.has('libc6') && has('libgcc-s1')) packages.add('libgcc-s1');
  return { packages: [...packages].sort(), unknown };
}
