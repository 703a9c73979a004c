import { segmentTypes } from '../binary/elf.ts';
import { symbolPackages } from './functions-packages.ts';
import type { Opened } from './program-open.ts';
import type { Recognised } from './types.ts';

/** Says what kind of file it is, from its headers, build info and function names. */
export function recognise(opened: Opened): Recognised {
  const { program, tables } = opened;
  const packed = packerOf(opened);
  const settings = program.buildInfo?.settings ?? {};
  const names = tables
    ? program.bytes.subarray(tables.names.offset, tables.names.offset + tables.names.size)
    : undefined;
  const has = (name: string): boolean => names?.includes(`\0${name}`) === true;
  const ids = readNotes(opened);
  return {
    form: formOf(opened, settings['-buildmode'], ids.goBuildId !== undefined),
    ...(packed === undefined ? {} : { packed }),
    garbled: opened.pclntabHeader?.magicKnown === false || isGarbled(opened),
    race: settings['-race'] === 'true' || has('runtime.racefuncenter\0'),
    // What C calls stands there without a package; a plugin may have nothing else of that package.
    cgo: has('runtime/cgo.') || has('_cgo_panic\0'),
    ...ids,
  };
}

/** @param noted the linker of Go left its note, which stands at the front: it is there when all else was cut off */
function formOf(opened: Opened, mode: string | undefined, noted: boolean): Recognised['form'] {
  const { layout, program, tables } = opened;
  if (layout.type === 1) return 'object';
  if (tables === undefined && program.goVersion === undefined && !noted) return 'not go';
  if (layout.type !== 3) return 'program';
  if (mode === 'c-shared' || mode === 'plugin') return mode;
  if (hasSymbol(opened, 'go:plugin.tabs') || hasSymbol(opened, 'go.plugin.tabs')) return 'plugin';
  // Every position-independent program of Go asks for a loader, unless it was linked statically by C's linker.
  const interpreter = program.elf.segments.some(({ type }) => type === segmentTypes.interpreter);
  return !interpreter && (opened.binary?.needed.length ?? 0) > 0 ? 'c-shared' : 'pie';
}

/** Whether the dynamic linker is told of a name. */
function hasSymbol({ program }: Opened, name: string): boolean {
  const strings = program.elf.sections.find((section) => section.name === '.dynstr');
  if (!strings) return false;
  const bytes = program.bytes.subarray(strings.offset, strings.offset + strings.size);
  return bytes.includes(`\0${name}\0`);
}

/** UPX writes its mark behind the program headers, into a header without sections. */
function packerOf({ program, layout, tables }: Opened): string | undefined {
  if (tables !== undefined || layout.sections.length > 0) return undefined;
  const { bytes } = program;
  const head = bytes.subarray(0, 4096).includes('UPX!');
  return head || bytes.subarray(-4096).includes('UPX!') ? 'UPX' : undefined;
}

/** Packages with at least this many names are needed to tell. */
const fewestPackages = 4;

/**
 * Obfuscators put hashes in place of import paths: one word of letters of both cases and digits. Go's own paths are of small letters, and
 * the runtime keeps its names.
 */
function isGarbled({ tables, program }: Opened): boolean {
  const packages = [...symbolPackages(tables)].filter(
    (name) => !/^(?:main$|runtime(?:\/|$)|internal\/)/.test(name) && name !== program.buildInfo?.path,
  );
  const odd = packages.filter(
    (name) => /^[\w]{4,40}$/.test(name) && /[A-Z]/.test(name) && /[a-z]/.test(name),
  );
  return packages.length >= fewestPackages && odd.length * 2 > packages.length;
}

/** Parts with notes that are looked at, and bytes of each. */
const mostNotes = 64;
const longestNotes = 64 * 1024;

const noteType = 7;
const goBuildIdType = 4;
const gnuBuildIdType = 3;

/** Go's build id and the linker's, from notes (name size, description size, type, name, description); by segment, so no section is needed. */
function readNotes({ layout, reader }: Opened): Pick<Recognised, 'buildId' | 'goBuildId'> {
  const found: { buildId?: string; goBuildId?: string } = {};
  const segments = layout.elf.segments
    .filter(({ type }) => type === 4)
    .map(({ offset, fileSize }) => ({ offset, size: fileSize }));
  const sections = layout.sections.filter(({ type }) => type === noteType);
  for (const { offset, size } of [...segments, ...sections].slice(0, mostNotes)) {
    const end = Math.min(offset + Math.min(size, longestNotes), reader.size);
    for (let at = offset; at + 12 <= end;) {
      const [nameSize, size4, type] = [reader.u32(at), reader.u32(at + 4), reader.u32(at + 8)];
      const nameAt = at + 12;
      const from = nameAt + Math.ceil(nameSize / 4) * 4;
      const to = from + size4;
      if (to > end) break;
      const name = reader.text(nameAt, Math.min(nameAt + nameSize, end));
      if (name === 'Go' && type === goBuildIdType) found.goBuildId ??= reader.text(from, to);
      if (name === 'GNU' && type === gnuBuildIdType) found.buildId ??= reader.bytes.toString('hex', from, to);
      at = from + Math.ceil(size4 / 4) * 4;
    }
  }
  return found;
}
