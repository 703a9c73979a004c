import type { FunctionWork } from './functions.ts';

/** Claims the file numbers in cutab: each compile unit has a row of them, up to where the next unit's starts. */
export function claimUnits({ tables, claims }: FunctionWork): void {
  const { cutab, files } = tables;
  if (!cutab) {
    claims.add(files.offset, 4, claims.other('structure', 'function table'), 'pclntab', 'structure');
    return;
  }
  const units = [...tables.units()].toSorted(([one], [two]) => one - two);
  units.forEach(([unit, name], index) => {
    const next = units[index + 1]?.[0] ?? cutab.size / 4;
    const size = 4 * Math.min(next, cutab.size / 4) - 4 * unit;
    claims.add(cutab.offset + 4 * unit, size, claims.package(name), 'pclntab', 'pclntab');
  });
}
