import type { Claims } from './claims.ts';
import type { Imports } from './imports.ts';
import { packageOfPath } from './strings.ts';

/** Nobody is known. Everything else is the number of an account. */
export const nobody = -1;

/** Who owns things: accounts, and what becomes of several claims on one thing. */
export interface Owners {
  readonly shared: number;
  readonly runtime: number;
  /** The account of a package by its path as type data has it (not escaped). */
  ofPath(path: string): number;
  /** One owner for what both want. */
  both(one: number, other: number): number;
  /**
   * The owner of a variable that all these refer to: the package that all the others import. A variable can only be used where its package
   * is imported. Shared when no such package is among them.
   */
  definer(accounts: readonly number[]): number;
  /**
   * The owner of a type without a name that is composed of types of all these: the package that imports all the others. Only there, or
   * above, can the type be written. Shared when no such package is among them.
   */
  composer(accounts: readonly number[]): number;
}

export function ownersOf(claims: Claims, imports: Imports): Owners {
  const shared = claims.other('shared', 'shared');
  return {
    shared,
    runtime: claims.package('runtime'),
    ofPath: (path) => claims.package(packageOfPath(path)),
    both: (one, other) => {
      if (one === nobody || one === other) return other;
      return other === nobody ? one : shared;
    },
    definer: (accounts) => {
      const lowest = imports.lowest(accounts);
      return lowest === nobody ? shared : lowest;
    },
    composer: (accounts) => {
      if (accounts.includes(shared)) return shared;
      const highest = imports.highest(accounts);
      return highest === nobody ? shared : highest;
    },
  };
}
