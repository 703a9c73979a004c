import type { Claims } from './claims.ts';
import type { Opened } from './program-open.ts';
import type { ByteKind } from './types.ts';

/** Sections that the file format or the loader needs, and that are of no package: name, account, kind. */
const structural: readonly (readonly [name: RegExp, account: string, kind: ByteKind])[] = [
  [/^\.note/, 'notes and build id', 'headers'],
  [/^\.shstrtab$/, 'section names', 'headers'],
  [/^\.(?:interp|dynamic|dynsym|dynstr|gnu\.version.*|gnu\.hash|hash)$/, 'dynamic linking', 'headers'],
  [/^\.(?:plt.*|got.*|rela?\.plt|iplt)$/, 'dynamic linking', 'headers'],
  [/^\.go\.buildinfo$/, 'build information', 'headers'],
  [/^\.go\.fipsinfo$/, 'FIPS 140 integrity check', 'data'],
  [
    /^\.(?:comment|gnu_debuglink|gnu_debugdata|gnu\.attributes|ARM\.attributes|riscv\.attributes)$/,
    'notes and build id',
    'headers',
  ],
];

/** Headers, and the sections that are structure by their name alone. */
export function claimStructure({ layout, program }: Opened, claims: Claims): void {
  for (const { offset, size, what } of layout.headers)
    claims.add(offset, size, claims.other('structure', what), 'headers', 'structure');
  for (const section of program.elf.sections) {
    const found = structural.find(([name]) => name.test(section.name));
    if (found)
      claims.add(section.offset, section.size, claims.other('structure', found[1]), found[2], 'structure');
  }
}
