/**
 * base/exact/ is the least that a dynamic program can stand on: its loader, the libraries that it asks for, and the few files that its
 * C library reads. No shell, no package manager, no package database; whose each library is stands in one file beside them. It must
 * not know where the files that it picks from were made, images, or the command line.
 */
import { createHash } from 'node:crypto';
import { compareNames } from '../../layer/names.ts';
import type { Entry } from '../../layer/entry.ts';
import type { Binary } from '../../golang/binary/read.ts';
import { baseEntries, withDirectories } from '../entries.ts';
import { refuseLinksAbove } from '../links.ts';
import { fileEntry } from '../parts/entry.ts';
import type { Owner } from '../parts/entry.ts';
import type { BaseTree } from '../tree.ts';
import { contentOf } from '../tree.ts';
import { chooseFiles } from './files.ts';
import { loaderAndLibraries } from './loader.ts';
import type { Picked } from './loader.ts';
import { licenceEntries } from './licences.ts';
import { readOwners } from './owners.ts';

/** Where libraries are taken from. Contents must be at hand. */
export interface LibraryProvider {
  /** For people and for the record: `debian trixie`, an image's reference with its digest. */
  readonly name: string;
  readonly tree: BaseTree;
}

export interface ExactOptions {
  /** The environment that the image will set. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Seconds since the epoch, of every entry that is made here; files of packages keep their own. */
  readonly mtime: number;
  /** The toolchain's lib/time/zoneinfo.zip. */
  readonly zoneinfo: string;
  /** Checked certificates to add to the bundle. */
  readonly extraCa?: readonly string[];
  /** The numeric user that the image runs as. Default nonroot. */
  readonly user?: Owner;
  /** Absolute path of the program in the image. Default `/app/program`. */
  readonly program?: string;
}

/** A library that the base holds, the loader among them, and whose it is. */
export interface ExactLibrary {
  /** As in Entry. */
  readonly path: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly size: number;
  /** Undefined when no package database of the provider knows the file. */
  readonly package?: string;
  readonly version?: string;
  /** Path of the licence in the image, or its name when the provider has only that. */
  readonly licence?: string;
}

export interface ExactBase {
  /** Sorted, with directories; the same for the same program, provider and options. */
  readonly entries: readonly Entry[];
  readonly libraries: readonly ExactLibrary[];
  /** What is there and what is not, for people, in the order in which it is told. */
  readonly reasons: readonly { readonly part: string; readonly why: string }[];
}

/** Raised when the same program, provider and options give other files than before. */
export const exactRevision = 1;

/** The record of what is in the base, in place of a package database. */
export const originPath = 'usr/share/coracle/origin.json';

const largestFile = 512 * 1024 * 1024;

/**
 * The files that a program needs to start and to run, and nothing else. A static program needs no library, and then gets what `auto`
 * would give it.
 * @throws ToolError BASE_CANNOT_RUN, naming what the provider lacks and the package that has it; CONFIG_INVALID for a TZ that is no zone
 */
export async function exactBase(
  binary: Binary,
  provider: LibraryProvider,
  options: ExactOptions,
): Promise<ExactBase> {
  const { mtime } = options;
  const program = options.program ?? '/app/program';
  const picked = await loaderAndLibraries(binary, provider, { ...options, program });
  const chosen = chooseFiles(binary, picked, options);
  const owners = await readOwners(
    provider.tree,
    picked.files.map(({ path }) => path),
  );
  const licences = await licenceEntries(provider.tree, [...owners.values()]);
  const libraries = await Promise.all(
    picked.files.map(async (entry) => {
      const owner = owners.get(entry.path);
      const licence = owner && (licences.paths.get(owner.package) ?? owner.licence);
      return {
        path: entry.path,
        ...(await identityOf(entry)),
        ...(owner && { package: owner.package, version: owner.version }),
        ...(licence !== undefined && { licence }),
      };
    }),
  );
  const made = [
    ...(await baseEntries(chosen.choice, options)),
    ...chosen.entries,
    ...licences.entries,
    ...(libraries.length === 0 ? [] : [fileEntry(originPath, originText(provider, libraries), mtime)]),
  ];
  const entries = withDirectories([...unique([...picked.others, ...picked.files, ...made])], mtime).sort(
    (one, other) => compareNames(one.path, other.path),
  );
  refuseLinksAbove(entries, provider.name);
  return { entries, libraries, reasons: reasonsOf(picked, libraries, chosen.reasons) };
}

/** Of entries with one path the first. */
function unique(entries: readonly Entry[]): Iterable<Entry> {
  const byPath = new Map<string, Entry>();
  for (const entry of entries) if (!byPath.has(entry.path)) byPath.set(entry.path, entry);
  return byPath.values();
}

async function identityOf(entry: Entry): Promise<{ sha256: string; size: number }> {
  const bytes = await contentOf(entry, largestFile);
  return {
    sha256: createHash('sha256')
      .update(bytes ?? '')
      .digest('hex'),
    size: entry.size,
  };
}

function originText({ name }: LibraryProvider, libraries: readonly ExactLibrary[]): string {
  return `${JSON.stringify({ version: 1, from: name, libraries }, undefined, 2)}\n`;
}

function reasonsOf(
  picked: Picked,
  libraries: readonly ExactLibrary[],
  others: ExactBase['reasons'],
): ExactBase['reasons'] {
  const told = picked.reasons.map(({ part, path, why }) => {
    const owner = libraries.find((library) => library.path === path);
    const from = owner?.package === undefined ? '' : ` (${owner.package} ${owner.version})`;
    return { part: `${part}${from}`, why };
  });
  return [...told, ...others];
}
