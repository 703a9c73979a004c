import type { Claims } from './claims.ts';
import { nobody } from './owners.ts';
import type { Pclntab } from './program.ts';

/** Whose the functions of a program are. */
export interface FunctionOwners {
  /** Account of a function's package; `nobody` for what has no package. */
  ownerOf(index: number): number;
  /** True for accounts of the runtime, whose code calls what imports it: `main.main`, and what it was told by linkname. */
  isRuntime(account: number): boolean;
}

export function functionOwners(pclntab: Pclntab, claims: Claims): FunctionOwners {
  const byName = new Map<string, number>();
  const byIndex = new Int32Array(pclntab.functionCount).fill(-2);
  const runtime = new Set<number>();
  const ofPackage = (name: string): number => {
    const known = byName.get(name);
    if (known !== undefined) return known;
    const account = name === '' ? nobody : claims.package(name);
    byName.set(name, account);
    if (/^(?:internal\/)?runtime(?:\/|$)/.test(name)) runtime.add(account);
    return account;
  };
  return {
    ownerOf: (index) => {
      const known = byIndex[index];
      if (known === undefined) return nobody;
      if (known !== -2) return known;
      const account = ofPackage(pclntab.packageOf(index));
      byIndex[index] = account;
      return account;
    },
    isRuntime: (account) => runtime.has(account),
  };
}
