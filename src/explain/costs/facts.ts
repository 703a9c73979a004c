import type { Ledger } from '../../golang/ledger/types.ts';
import type { ListedPackage } from '../../golang/package-list.ts';
import type { Ctx } from '../../core/ctx.ts';
import type { Advice, ImportCost, ImportGraph, ModuleCost } from '../types.ts';
import type { WhatIf } from './what-if.ts';

/** What advice is made from. */
export interface Facts {
  readonly ledger: Ledger;
  /** Bytes by import path. */
  readonly packages: ReadonlyMap<string, number>;
  readonly modules: readonly ModuleCost[];
  /** Undefined when only the file is there. */
  readonly source?: SourceFacts;
}

export interface SourceFacts {
  readonly ctx: Ctx;
  readonly graph: ImportGraph;
  readonly imports: readonly ImportCost[];
  /** Of all packages: where their sources are. */
  readonly listed: readonly ListedPackage[];
  /** Bytes that would go with each package, by its index in the graph. */
  readonly drops: Float64Array;
  /** For `chainTo`: the way from main to each package. */
  readonly ways: Int32Array;
  /** Undefined when nothing may be built. */
  readonly whatIf?: WhatIf;
}

/** One kind of advice. */
export type Adviser = (facts: Facts) => Promise<readonly Advice[]> | readonly Advice[];
