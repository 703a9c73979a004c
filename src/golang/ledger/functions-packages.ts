import type { FunctionTables } from './pclntab.ts';

/** The packages that have functions, in symbol form. */
export function symbolPackages(tables: FunctionTables | undefined): Set<string> {
  const found = new Set<string>();
  if (!tables) return found;
  for (let index = 0; index < tables.functionCount; index++) {
    const name = tables.packageAt(tables.nameOffset(index));
    if (name !== '') found.add(name);
  }
  return found;
}
