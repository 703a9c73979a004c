import type { Cause } from './causes.ts';

/** What differs between two explanations. Bytes are uncompressed unless it says otherwise. */
export interface Difference {
  readonly before: Side;
  readonly after: Side;
  readonly totals: readonly Total[];
  /** What moved bytes, most first. */
  readonly causes: readonly Cause[];
  readonly layers: readonly LayerChange[];
  /** Those that differ, most bytes moved first. */
  readonly files: readonly FileChange[];
  readonly programs: readonly ProgramChange[];
  /** What somebody inside could do, and what lies open: setuid files, secrets, shells … */
  readonly access: readonly AccessChange[];
  readonly config: readonly ConfigChange[];
}

export interface Side {
  readonly kind: 'image' | 'binary' | 'directory';
  readonly source: string;
  readonly digest?: string;
  readonly created?: string;
  readonly revision?: string;
}

/** A number of the whole; undefined on a side that does not have it. */
export interface Total {
  readonly what: 'to pull' | 'unpacked' | 'size' | 'files' | 'waste' | 'programs' | 'efficiency';
  readonly unit: 'bytes' | 'count' | 'share';
  readonly before?: number;
  readonly after?: number;
}

export interface LayerChange {
  readonly state: 'same' | 'changed' | 'added' | 'removed';
  /** Counted from 0. */
  readonly before?: LayerSide;
  readonly after?: LayerSide;
}

export interface LayerSide {
  readonly index: number;
  readonly diffId: string;
  /** Compressed bytes. */
  readonly size: number;
  readonly unpacked: number;
  readonly createdBy?: string;
}

export interface FileChange {
  readonly path: string;
  readonly state: 'added' | 'removed' | 'changed';
  readonly before: number;
  readonly after: number;
  /** Index of the layer that holds it now, or held it. */
  readonly layer?: number;
}

export interface ProgramChange {
  readonly path: string;
  readonly state: 'added' | 'removed' | 'changed';
  readonly before: number;
  readonly after: number;
  readonly goBefore?: string;
  readonly goAfter?: string;
  readonly modules: readonly ModuleChange[];
  /** Packages of which bytes differ, most first. */
  readonly packages: readonly { readonly name: string; readonly before: number; readonly after: number }[];
}

export interface ModuleChange {
  readonly path: string;
  readonly state: 'added' | 'removed' | 'updated' | 'changed';
  readonly from?: string;
  readonly to?: string;
  readonly before: number;
  readonly after: number;
}

export const accessSorts = [
  'secret',
  'setuid',
  'capabilities',
  'world-writable',
  'device',
  'user',
  'shell',
  'package manager',
] as const;

export interface AccessChange {
  readonly what: (typeof accessSorts)[number];
  /** A path; of a user the name. */
  readonly name: string;
  readonly state: 'added' | 'removed' | 'changed';
  /** `4755 root`, `cap_net_bind_service=ep`, `0 /bin/sh`, …; empty for what is only there or not. */
  readonly before?: string;
  readonly after?: string;
}

export interface ConfigChange {
  /** `Env PATH`, `User`, `Labels maintainer`. */
  readonly key: string;
  readonly before?: string;
  readonly after?: string;
}
