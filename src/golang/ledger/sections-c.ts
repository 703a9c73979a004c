import { cPackage } from './accounts.ts';
import type { Claims } from './claims.ts';
import type { Opened } from './program-open.ts';
import { sectionFlags } from './sections.ts';
import type { FullSection } from './sections.ts';
import type { ByteKind } from './types.ts';

/** What C's compiler and start files leave in a program: Go's linker makes none of these. */
const sectionsOfC =
  /^\.(?:init|fini|(?:pre)?init_array|fini_array|ctors|dtors|eh_frame|eh_frame_hdr|gcc_except_table|tdata|tm_clone_table|ARM\.ex(?:idx|tab)|rodata\..*|data\.rel|jcr)$/;

/** Charges to C what in a Go program is C's: code outside of what Go's own tables cover, and the sections that only C has. */
export function claimC(opened: Opened, claims: Claims): void {
  const { tables, layout, program } = opened;
  if (!tables) {
    claimWhole(opened, claims);
    return;
  }
  // Go's own linker, given no C objects, makes no .init and no .eh_frame.
  const linkedByC = layout.sections.some(({ name }) => sectionsOfC.test(name));
  if (!linkedByC) return;
  const account = claims.package(cPackage);
  for (const section of layout.sections) {
    if (sectionsOfC.test(section.name))
      claims.add(section.offset, section.size, account, kindOf(section), 'structure');
  }
  const around = (section: FullSection, from: number, to: number): void => {
    const start = Math.max(0, from - section.address);
    const end = Math.max(0, to - section.address);
    if (to <= from || start > section.size || end > section.size) return;
    claims.add(section.offset, start, account, kindOf(section), 'data reference');
    claims.add(section.offset + end, section.size - end, account, kindOf(section), 'data reference');
  };
  const data = program.moduledata;
  for (const section of layout.sections) {
    if (section.name === '.text')
      around(section, tables.entry[0] ?? 0, tables.entry[tables.functionCount] ?? 0);
    // Of read-only data Go's types are the last; later versions and position-independent files have them elsewhere.
    if (section.name === '.rodata' && data && program.minor < 27 && !program.elf.relocatable)
      around(section, Math.min(data.rodata || data.types, data.types), data.etypes);
    if (section.name === '.data' && data) around(section, data.data, data.edata);
  }
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
