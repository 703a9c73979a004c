import { cPackage } from './accounts.ts';
import type { Claims } from './claims.ts';
import type { Opened } from './program-open.ts';
import { sectionFlags } from './sections.ts';
import type { FullSection } from './sections.ts';
import type { ByteKind, Evidence } from './types.ts';

/** What C's compiler and start files leave in a program: Go's linker makes none of these. */
const sectionsOfC =
  /^\.(?:init|fini|(?:pre)?init_array|fini_array|ctors|dtors|eh_frame|eh_frame_hdr|gcc_except_table|tdata|tm_clone_table|ARM\.ex(?:idx|tab)|rodata\..*|data\.rel|jcr)$/;

/** Charges to C what in a Go program is C's: code outside of what Go's own tables cover, and the sections that only C has. */
export function claimC(opened: Opened, claims: Claims): void {
  if (!opened.tables) {
    claimWhole(opened, claims);
    return;
  }
  const parts = partsOfC(opened);
  if (parts.length === 0) return;
  const account = claims.package(cPackage);
  for (const { section, from, to, evidence } of parts)
    claims.add(from, to - from, account, kindOf(section), evidence);
}

/** A stretch of a file that is C's. */
export interface PartOfC {
  readonly section: FullSection;
  /** Offsets in the file. */
  readonly from: number;
  readonly to: number;
  readonly evidence: Evidence;
}

/** What of a Go program is C's; nothing when C's linker had no hand in it. */
export function partsOfC({ tables, layout, program }: Opened): PartOfC[] {
  // Go's own linker, given no C objects, makes no .init and no .eh_frame.
  if (!tables || !layout.sections.some(({ name }) => sectionsOfC.test(name))) return [];
  const data = program.moduledata;
  const fixed = !program.elf.relocatable;
  return layout.sections.flatMap((section) => {
    const { name, offset, size } = section;
    // Go's types are there in a position-independent program, and nothing of Go's in any other.
    if (sectionsOfC.test(name) || (fixed && name === '.data.rel.ro'))
      return [{ section, from: offset, to: offset + size, evidence: 'structure' as const }];
    if (name === '.text')
      return around(section, tables.entry[0] ?? 0, tables.entry[tables.functionCount] ?? 0);
    // Of read-only data Go's types are the last; later versions and position-independent files have them elsewhere.
    if (name === '.rodata' && data && program.minor < 27 && fixed)
      return around(section, Math.min(data.rodata || data.types, data.types), data.etypes);
    return name === '.data' && data ? around(section, data.data, data.edata) : [];
  });
}

/** What stands in a section before and behind what Go's linker wrote at these addresses. */
function around(section: FullSection, from: number, to: number): PartOfC[] {
  const { offset, size, address } = section;
  const [start, end] = [Math.max(0, from - address), Math.max(0, to - address)];
  if (to <= from || start > size || end > size) return [];
  const evidence = 'data reference';
  return [
    { section, from: offset, to: offset + start, evidence },
    { section, from: offset + end, to: offset + size, evidence },
  ];
}

/** A file without Go's tables: section by section. */
function claimWhole({ layout, program }: Opened, claims: Claims): void {
  // What Go made cannot be told apart from C without Go's tables.
  if (program.goVersion !== undefined) return;
  const account = claims.package(cPackage);
  for (const section of layout.sections) {
    const inObject = layout.type === 1 && /^\.rela?\./.test(section.name);
    if (/^\.rela?\b/.test(section.name))
      claims.add(
        section.offset,
        section.size,
        inObject ? account : claims.other('structure', 'dynamic linking'),
        'relocations',
        'structure',
      );
    else if ((section.flags & sectionFlags.loaded) !== 0)
      claims.add(section.offset, section.size, account, kindOf(section), 'data reference');
  }
}

function kindOf({ flags }: FullSection): ByteKind {
  if ((flags & sectionFlags.code) !== 0) return 'code';
  return (flags & sectionFlags.write) !== 0 ? 'data' : 'read-only data';
}
