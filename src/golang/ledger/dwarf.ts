import { cPackage } from './accounts.ts';
import type { Claims } from './claims.ts';
import { mapInflate } from './dwarf-inflate.ts';
import { letGo } from './growing.ts';
import { debugSections } from './dwarf-sections.ts';
import type { DebugSection } from './dwarf-sections.ts';
import { initialLength, readUnits } from './dwarf-units.ts';
import type { Unit } from './dwarf-units.ts';
import type { Opened } from './program-open.ts';
import { bytesReader } from './program-words.ts';
import type { BytesReader } from './program-words.ts';
import type { Evidence } from './types.ts';
import { messageOf } from '../../core/errors.ts';

/** ET_REL. */
const objectFile = 1;

/** A section's unpacked bytes from `offset` on are of an account, up to the next part. */
interface Part {
  readonly offset: number;
  readonly account: number;
}

/** What every part of DWARF is read with. */
interface Work {
  readonly opened: Opened;
  readonly claims: Claims;
  readonly units: readonly Unit[];
  /** Account of each unit. */
  readonly accounts: readonly number[];
  /** Account of what no unit says it has. */
  readonly rest: number;
}

/**
 * Claims the debug data, unit by unit: a unit is of one package. Of a packed section, each byte is of the unit that it unpacks to; the tables
 * at the head of a block that serve several units are shared.
 */
export function claimDebugData(opened: Opened, claims: Claims): void {
  const sections = debugSections(opened);
  const info = sections.find(({ name }) => name === 'info');
  const abbreviations = sections.find(({ name }) => name === 'abbrev');
  const read = (section: DebugSection): BytesReader => bytesReader(section.content(), opened.program.elf);
  const tryRead = (section: DebugSection): BytesReader | undefined => {
    try {
      return read(section);
    } catch (error) {
      claims.problem(`The debug section ${section.section.name} could not be unpacked: ${messageOf(error)}`);
      return undefined;
    }
  };
  const infoReader = info && tryRead(info);
  const abbreviationReader = abbreviations && tryRead(abbreviations);
  const wantLocations = sections.some(({ name }) => name === 'loc' || name === 'loclists');
  const units =
    infoReader && abbreviationReader ? readUnits(infoReader, abbreviationReader, wantLocations) : [];
  if (infoReader && info.packedAt >= 0) letGo(infoReader.bytes);
  const accounts = units.map(({ name, go }) => claims.package(go ? name : cPackage));
  const rest = opened.tables ? claims.other('structure', 'debug data') : claims.package(cPackage);
  const work: Work = { opened, claims, units, accounts, rest };
  for (const section of sections) {
    // Into an object file the linker has yet to put what the parts refer to: as it stands, all seem to be of the first function.
    const parts = opened.layout.type === objectFile ? [] : partsOf(work, section, tryRead);
    if (section.packedAt < 0) claimPlain(work, section, parts);
    else claimPacked(work, section, parts);
  }
}

/** The parts of a section in order of their offsets; what stands before the first one is of `rest`. */
function partsOf(
  work: Work,
  section: DebugSection,
  read: (section: DebugSection) => BytesReader | undefined,
): Part[] {
  const byUnit = (place: (unit: Unit) => number): Part[] =>
    work.units
      .map((unit, index) => ({ offset: place(unit), account: work.accounts[index] ?? work.rest }))
      .filter(({ offset }) => offset >= 0);
  switch (section.name) {
    case 'info':
      return ordered(byUnit(({ offset }) => offset));
    case 'line':
      return ordered(byUnit(({ lines }) => lines));
    case 'addr':
      return ordered(byUnit(({ addresses }) => (addresses < 8 ? -1 : addresses - 8)));
    case 'ranges':
    case 'rnglists':
      return ordered(byUnit(({ ranges, rangeLists }) => (rangeLists < 12 ? ranges : rangeLists - 12)));
    case 'loc':
    case 'loclists':
      return ordered(
        byUnit(({ locations, locationLists }) => (locationLists < 12 ? locations : locationLists - 12)),
      );
    case 'frame': {
      const reader = read(section);
      return reader ? frameParts(work, reader) : [];
    }
    case 'aranges':
    case 'pubnames':
    case 'pubtypes': {
      const reader = read(section);
      return reader ? indexParts(work, reader) : [];
    }
    default:
      return [];
  }
}

/** By offset; of several at one place the first counts. */
function ordered(parts: Part[]): Part[] {
  const sorted = parts.toSorted((one, two) => one.offset - two.offset);
  return sorted.filter((part, index) => part.offset !== sorted[index - 1]?.offset);
}

/** Call frame entries: each is of the function that it describes (DWARF 5, section 6.4.1). */
function frameParts({ opened, claims, rest }: Work, reader: BytesReader): Part[] {
  const { tables, program } = opened;
  const parts: Part[] = [];
  for (let at = 0; at + 8 <= reader.size;) {
    const { size, length } = initialLength(reader, at);
    const start = at + (size === 8 ? 12 : 4);
    if (length === 0 || start + length > reader.size) break;
    const common = reader.u32(start) === 0xffffffff;
    const address = program.pointer === 8 ? reader.u64(start + size) : reader.u32(start + size);
    const index = common || !tables ? -1 : tables.functionAt(address);
    const account =
      index >= 0 ? claims.package(tables?.packageOf(index) ?? '') : common ? rest : claims.package(cPackage);
    if (parts.at(-1)?.account !== account) parts.push({ offset: at, account });
    at = start + length;
  }
  return parts;
}

/** Tables with a head that names the unit's place in .debug_info (DWARF 4, sections 6.1.1 and 6.1.2). */
function indexParts({ units, accounts, rest }: Work, reader: BytesReader): Part[] {
  const byOffset = new Map(units.map(({ offset }, index) => [offset, accounts[index] ?? rest]));
  const parts: Part[] = [];
  for (let at = 0; at + 10 <= reader.size;) {
    const { size, length } = initialLength(reader, at);
    const start = at + (size === 8 ? 12 : 4);
    if (length === 0 || start + length > reader.size) break;
    const unit = size === 8 ? reader.u64(start + 2) : reader.u32(start + 2);
    parts.push({ offset: at, account: byOffset.get(unit) ?? rest });
    at = start + length;
  }
  return parts;
}

function claimPlain({ claims, rest }: Work, { section }: DebugSection, parts: readonly Part[]): void {
  const claim = (from: number, to: number, account: number): void => {
    const evidence = account === rest ? 'structure' : 'debug data';
    claims.add(section.offset + from, Math.min(to, section.size) - from, account, 'debug', evidence);
  };
  claim(0, parts[0]?.offset ?? section.size, rest);
  parts.forEach(({ offset, account }, index) => {
    claim(offset, parts[index + 1]?.offset ?? section.size, account);
  });
}

function claimPacked(
  { claims, rest, opened }: Work,
  { section, packedAt, zlib, size }: DebugSection,
  parts: readonly Part[],
): void {
  const base = section.offset;
  const format = claims.other('structure', 'debug data');
  const stream = packedAt + 2 - base;
  const places = Float64Array.from(parts, ({ offset }) => offset);
  // Some bytes more than the section has: the last symbols are looked up with what follows them.
  const end = Math.min(base + section.size + 8, opened.program.size);
  const map = zlib
    ? opened.file.use(base, end, (bytes) => mapInflate(bytes, stream, section.size, places))
    : undefined;
  if (!map) {
    claims.problem(`The packed debug section ${section.name} could not be followed.`);
    return;
  }
  const claim = (from: number, to: number, account: number, evidence: Evidence): void => {
    claims.add(base + from, to - from, account, 'debug', evidence);
  };
  claim(0, stream, format, 'structure');
  claim(map.end, section.size, format, 'structure');
  claim(stream, parts.length > 0 ? (map.input[0] ?? map.end) : map.end, rest, 'debug data');
  parts.forEach(({ offset, account }, index) => {
    if (offset >= size) return;
    const from = map.input[index] ?? section.size;
    const to = Math.min(map.input[index + 1] ?? map.end, map.end);
    claim(from, to, account, account === rest ? 'structure' : 'debug data');
  });
  const shared = claims.other('shared', 'shared');
  for (const { from, to } of severalIn(map.headers, parts)) claim(from, to, shared, 'debug data');
}

/** The code tables of a block serve all that the block unpacks to: those of blocks with parts of several accounts. */
function severalIn(
  headers: readonly number[],
  parts: readonly Part[],
): { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  let part = 0;
  for (let index = 0; index < headers.length; index += 4) {
    const [from = 0, to = 0, outputFrom = 0, outputTo = 0] = headers.slice(index, index + 4);
    while ((parts[part + 1]?.offset ?? Number.POSITIVE_INFINITY) <= outputFrom) part++;
    let several = false;
    for (let next = part + 1; (parts[next]?.offset ?? Number.POSITIVE_INFINITY) < outputTo; next++) {
      if (parts[next]?.account !== parts[part]?.account) several = true;
    }
    if (several) found.push({ from, to });
  }
  return found;
}
