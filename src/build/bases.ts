import { baseKind } from '../bases/names.ts';
import type { Ctx } from '../core/ctx.ts';
import type { Binary } from '../golang/binary/read.ts';
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/types.ts';
import type { Snapshot, Vertex } from '../solve/graph.ts';
import type { Store } from '../store/store.ts';
import type { BaseLock } from './base-lock.ts';
import { ownBase } from './base-own.ts';
import { extraCertificates } from './extra-certificates.ts';
import type { LockPlan } from './lock.ts';
import type { BuildRequest } from './types.ts';

/** What lies under a program: the vertex that gives its layers, and what to say of it. */
export interface Base {
  readonly vertex: Vertex;
  readonly name: string;
  /** Only of an image of a registry. */
  readonly reference?: string;
  readonly digest?: Digest;
  readonly reasons: readonly string[];
  /** Can the program run on it? @throws ToolError BASE_CANNOT_RUN */
  check(snapshot: Snapshot): Promise<void>;
}

/** A program as its base must know it. */
export interface Compiled {
  readonly binary: Binary;
  readonly platform: Platform;
  /** Absolute path in the image. */
  readonly program: string;
}

/** Gives the base of a program that has been compiled. */
export type BaseProvider = (compiled: Compiled) => Promise<Base>;

/** What bases are made with, and where they are pinned. */
export interface BaseMaking {
  readonly ctx: Ctx;
  readonly store: Store;
  readonly request: BuildRequest;
  readonly plan: LockPlan;
  readonly lock: BaseLock;
  /** Checked certificates to trust besides. */
  readonly extraCa: readonly string[];
}

/** Each kind of base is loaded when it is asked for: most builds stand on few files or none. */
export function baseProvider(making: Omit<BaseMaking, 'extraCa'>): BaseProvider {
  const { request } = making;
  const kind = baseKind(request.base);
  return async (compiled) => {
    const all = { ...making, extraCa: await extraCertificates(request.ca) };
    if (kind === 'plain' || (kind === 'auto' && compiled.binary.static)) return ownBase(all, compiled);
    if (kind === 'auto') return (await import('./base-auto.ts')).autoBase(all, compiled);
    if (kind === 'composed' || kind === 'exact')
      return (await import('./base-packages.ts')).packageBase(all, compiled);
    const { distributionBase, imageBase } = await import('./base-image.ts');
    return kind === 'distribution' ? distributionBase(all, compiled) : imageBase(all, compiled);
  };
}
