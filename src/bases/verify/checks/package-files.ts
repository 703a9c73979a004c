import { resolveIn } from '../../../solve/exec/resolve.ts';
import type { Inside } from '../inside.ts';
import type { Listed } from './package-lists.ts';

export type ListKind = 'dpkg' | 'status.d' | 'apk' | 'rpm' | 'origin';

/** A list of packages that lies in a base. */
export interface PackageList {
  readonly kind: ListKind;
  /** Absolute. */
  readonly path: string;
  /** As we read it; undefined for what only its own package manager reads. */
  readonly packages?: readonly Listed[];
  /** What is wrong with it. */
  readonly broken?: string;
}

/** The lists of packages in a base, read by us. */
export async function readLists(inside: Inside): Promise<PackageList[]> {
  const found = await Promise.all([
    dpkg(inside),
    statusFolder(inside),
    apk(inside),
    rpm(inside),
    origin(inside),
  ]);
  return found.filter((list) => list !== undefined);
}

async function dpkg(inside: Inside): Promise<PackageList | undefined> {
  const text = await inside.text('var/lib/dpkg/status');
  if (text === undefined || text.trim() === '') return undefined;
  const packages = stanzas(text).filter((stanza) => field(stanza, 'Status').endsWith(' installed'));
  return { kind: 'dpkg', path: '/var/lib/dpkg/status', packages: packages.flatMap(debian) };
}

/** As distroless images have it: a file for each package. */
async function statusFolder(inside: Inside): Promise<PackageList | undefined> {
  const folder = 'var/lib/dpkg/status.d';
  const files = (await inside.tree.list(folder)).filter(
    ({ path, type }) => type === 'file' && !path.endsWith('.md5sums'),
  );
  if (files.length === 0) return undefined;
  const packages: Listed[] = [];
  for (const { path } of files) {
    const own = stanzas((await inside.text(path)) ?? '').flatMap(debian);
    if (own.length !== 1)
      return { kind: 'status.d', path: `/${folder}`, broken: `/${path} does not say which package it is of` };
    packages.push(...own);
  }
  return { kind: 'status.d', path: `/${folder}`, packages };
}

async function apk(inside: Inside): Promise<PackageList | undefined> {
  for (const path of ['lib/apk/db/installed', 'usr/lib/apk/db/installed']) {
    const text = await inside.text(path);
    if (text === undefined) continue;
    const packages = stanzas(text).flatMap((stanza) => {
      const name = /^P:(\S+)$/m.exec(stanza)?.[1];
      const version = /^V:(\S+)$/m.exec(stanza)?.[1];
      return name === undefined || version === undefined ? [] : [{ name, version }];
    });
    return { kind: 'apk', path: `/${path}`, packages };
  }
  return undefined;
}

/** A database: only rpm itself reads it. */
async function rpm(inside: Inside): Promise<PackageList | undefined> {
  for (const folder of ['usr/lib/sysimage/rpm', 'var/lib/rpm']) {
    const { path } = await resolveIn(inside.tree, folder);
    const files = await inside.tree.list(path);
    if (files.some((file) => /\/(?:rpmdb\.sqlite|Packages|Packages\.db)$/.test(file.path)))
      return { kind: 'rpm', path: `/${folder}` };
  }
  return undefined;
}

/** What exact bases have in place of a package database: each library with its digest, which is proven. */
async function origin(inside: Inside): Promise<PackageList | undefined> {
  const path = 'usr/share/coracle/origin.json';
  const text = await inside.text(path);
  if (text === undefined) return undefined;
  const broken = (why: string): PackageList => ({
    kind: 'origin',
    path: `/${path}`,
    broken: `/${path}: ${why}`,
  });
  const libraries = librariesOf(text);
  if (!libraries) return broken('it cannot be read');
  for (const library of libraries) {
    const entry = await inside.tree.entry(library.path);
    if (!entry) return broken(`${library.path} is not there`);
    if ((await inside.tree.digest(entry)).replace('sha256:', '') !== library.sha256)
      return broken(`${library.path} is another file`);
  }
  const packages = new Map<string, Listed>();
  for (const { package: name, version } of libraries)
    if (name !== undefined && version !== undefined) packages.set(name, { name, version });
  return { kind: 'origin', path: `/${path}`, packages: [...packages.values()] };
}

interface RecordedLibrary {
  readonly path: string;
  readonly sha256: string;
  readonly package?: string;
  readonly version?: string;
}

function librariesOf(text: string): RecordedLibrary[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('libraries' in value)) return undefined;
    const { libraries } = value;
    return Array.isArray(libraries) && libraries.every(isLibrary) ? libraries : undefined;
  } catch {
    return undefined;
  }
}

function isLibrary(value: unknown): value is RecordedLibrary {
  if (typeof value !== 'object' || value === null || !('path' in value) || !('sha256' in value)) return false;
  const optional = ['package', 'version'].every((key) => isTextOrNothing(Reflect.get(value, key)));
  return optional && typeof value.path === 'string' && typeof value.sha256 === 'string';
}

function isTextOrNothing(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function stanzas(text: string): string[] {
  return text.split(/\n{2,}/).filter((stanza) => stanza.trim() !== '');
}

function debian(stanza: string): Listed[] {
  const name = field(stanza, 'Package');
  const version = field(stanza, 'Version');
  return name === '' || version === '' ? [] : [{ name, version }];
}

function field(stanza: string, name: string): string {
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(stanza)?.[1]?.trim() ?? '';
}
