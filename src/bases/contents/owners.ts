/** Which package a file belongs to, by the lists that package managers keep. Paths are as in `Entry`. */

/** A package that is in an image. */
export interface FoundPackage {
  readonly name: string;
  readonly version: string;
  /** Undefined when no list says it. */
  readonly files?: readonly string[];
}

/** Files that must be read for it. */
export function isOwnersFile(path: string): boolean {
  return (
    path === 'var/lib/dpkg/status' ||
    path.startsWith('var/lib/dpkg/status.d/') ||
    /^var\/lib\/dpkg\/info\/[^/]+\.list$/.test(path) ||
    /^(?:usr\/)?lib\/apk\/db\/installed$/.test(path) ||
    path === originFile
  );
}

const originFile = 'usr/share/coracle/origin.json';

/** The packages of an image, sorted by name. */
export function packagesOf(texts: ReadonlyMap<string, string>): FoundPackage[] {
  const found = [...texts].flatMap(([path, text]) => {
    if (path === 'var/lib/dpkg/status') return dpkgPackages(text, texts);
    if (path.startsWith('var/lib/dpkg/status.d/')) return statusPackages(path, text, texts);
    if (path.endsWith('apk/db/installed')) return apkPackages(text);
    if (path === originFile) return originPackages(text);
    return [];
  });
  return found.toSorted((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
}

function dpkgPackages(text: string, texts: ReadonlyMap<string, string>): FoundPackage[] {
  return stanzas(text).flatMap((stanza) => {
    if (!field(stanza, 'Status').endsWith(' installed')) return [];
    const [name, architecture] = [field(stanza, 'Package'), field(stanza, 'Architecture')];
    const list =
      texts.get(`var/lib/dpkg/info/${name}:${architecture}.list`) ??
      texts.get(`var/lib/dpkg/info/${name}.list`);
    return [{ name, version: field(stanza, 'Version'), ...(list !== undefined && { files: pathsOf(list) }) }];
  });
}

/** `status.d/NAME` says what it is, `status.d/NAME.md5sums` which files it has. */
function statusPackages(path: string, text: string, texts: ReadonlyMap<string, string>): FoundPackage[] {
  if (path.endsWith('.md5sums')) return [];
  const sums = texts.get(`${path}.md5sums`);
  const files = sums?.split('\n').flatMap((line) => /^[0-9a-f]{32} {2}(.+)$/.exec(line)?.[1] ?? []);
  return stanzas(text).map((stanza) => ({
    name: field(stanza, 'Package'),
    version: field(stanza, 'Version'),
    ...(files && { files }),
  }));
}

/** apk's database: `P:` name, `V:` version, `F:` a directory, `R:` a file in it. */
function apkPackages(text: string): FoundPackage[] {
  return stanzas(text).map((stanza) => {
    const files: string[] = [];
    let directory = '';
    for (const line of stanza.split('\n')) {
      if (line.startsWith('F:')) directory = line.slice(2);
      else if (line.startsWith('R:'))
        files.push(directory === '' ? line.slice(2) : `${directory}/${line.slice(2)}`);
    }
    return { name: field(stanza, 'P'), version: field(stanza, 'V'), files };
  });
}

/** What an exact base says of its libraries. */
function originPackages(text: string): FoundPackage[] {
  const packages = new Map<string, { version: string; files: string[] }>();
  for (const library of librariesOf(text)) {
    const known = packages.get(library.package) ?? { version: library.version, files: [] };
    known.files.push(library.path);
    packages.set(library.package, known);
  }
  return [...packages].map(([name, rest]) => ({ name, ...rest }));
}

function librariesOf(text: string): { path: string; package: string; version: string }[] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('libraries' in value)) return [];
    return Array.isArray(value.libraries) ? value.libraries.filter(isOwned) : [];
  } catch {
    return [];
  }
}

function isOwned(value: unknown): value is { path: string; package: string; version: string } {
  if (typeof value !== 'object' || value === null) return false;
  return ['path', 'package', 'version'].every((key) => typeof Reflect.get(value, key) === 'string');
}

function pathsOf(list: string): string[] {
  return list.split('\n').flatMap((line) => (line.startsWith('/') && line !== '/.' ? [line.slice(1)] : []));
}

function stanzas(text: string): string[] {
  return text.split(/\n{2,}/).filter((stanza) => stanza.trim() !== '');
}

function field(stanza: string, name: string): string {
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(stanza)?.[1]?.trim() ?? '';
}
