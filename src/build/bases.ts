import { promises as fs } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { checkRuns } from '../base/check.ts';
import { chooseBase, describeBase, explainBase } from '../base/choose.ts';
import { baseEntries, baseRevision } from '../base/entries.ts';
import { readCertificates } from '../base/extra-ca.ts';
import { caBundleDigest } from '../base/ca-bundle.ts';
import type { Binary } from '../golang/binary/read.ts';
import { zoneinfoZip } from '../golang/toolchain.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { Platform } from '../oci/types.ts';
import type { Entry } from '../layer/entry.ts';
import type { Snapshot, Vertex } from '../solve/graph.ts';
import type { Store } from '../store/store.ts';
import { isComposed } from './base-names.ts';
import { imageLayers } from './layers.ts';
import type { Composed } from './base-names.ts';
import type { LockPlan } from './lock.ts';
import type { BuildRequest } from './types.ts';

/** What lies under a program: the vertex that gives its layers, and what to say of it. */
export interface Base {
  readonly vertex: Vertex;
  readonly name: string;
  /** Only of an image. */
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

export function baseProvider(store: Store, request: BuildRequest, lock: LockPlan): BaseProvider {
  return async (compiled) =>
    isComposed(request.base)
      ? composedBase(request, request.base, compiled, lock)
      : imageBase(store, formatReference(withDefaultTag(parseReference(request.base))), compiled, lock);
}

/** Base layers stand on no clock: the same files are the same layer in every build of every program. */
const baseTime = 0;

async function composedBase(
  request: BuildRequest,
  wanted: Composed,
  { binary, program }: Compiled,
  lock: LockPlan,
): Promise<Base> {
  const extraCa = await extraCertificates(request.ca);
  const choice = chooseBase(binary, { wanted, env: request.image.env, extraCa: extraCa.length > 0 });
  const user = numericUser(request.image.user);
  const options = {
    mtime: baseTime,
    zoneinfo: zoneinfoZip(lock.toolchain),
    extraCa,
    ...(user ? { user } : {}),
  };
  const key = createHash('sha256')
    .update(
      JSON.stringify([
        baseRevision,
        choice.parts,
        choice.zones,
        lock.after.zoneinfo?.digest,
        caBundleDigest,
        extraCa,
        user,
      ]),
    )
    .digest('hex');
  const vertex: Vertex =
    choice.parts.length === 0
      ? { op: { kind: 'merge' }, inputs: [] }
      : {
          name: `layer base ${choice.name}`,
          inputs: [],
          op: {
            kind: 'file',
            actions: [{ kind: 'entries', key, entries: async () => baseEntries(choice, options) }],
          },
        };
  return {
    vertex,
    name: describeBase(choice),
    reasons: explainBase(choice),
    check: async () => {
      const tree = async (): Promise<Map<string, Entry>> =>
        new Map((await baseEntries(choice, options)).map((entry) => [entry.path, entry]));
      await checkRuns(binary, tree, { base: choice.name, program });
    },
  };
}

async function imageBase(
  store: Store,
  reference: string,
  { binary, program, platform }: Compiled,
  lock: LockPlan,
): Promise<Base> {
  const digest = lock.baseDigest;
  if (!digest) throw new ToolError('INTERNAL', `the digest of the base ${reference} is not known`);
  return {
    vertex: { name: `base ${reference}`, inputs: [], op: { kind: 'source', reference, digest, platform } },
    name: reference,
    reference,
    digest,
    reasons: [],
    check: async (snapshot) => {
      const tree = async (): Promise<ReadonlyMap<string, Entry>> => {
        const { imageTree } = await import('./image-tree.ts');
        return imageTree(store, imageLayers(snapshot.layers));
      };
      const { architecture } = snapshot.config ?? {};
      await checkRuns(binary, tree, {
        base: reference,
        program,
        ...(architecture === undefined ? {} : { architecture }),
      });
    },
  };
}

async function extraCertificates(files: readonly string[]): Promise<string[]> {
  const read = async (file: string): Promise<string[]> => {
    const text = await fs.readFile(file, 'latin1').catch((error: unknown) => {
      throw fileError(error, 'read', file);
    });
    return readCertificates(text, path.basename(file));
  };
  return (await Promise.all(files.map(read))).flat();
}

/** `1000` or `1000:1000`; undefined for a name, which only an image's own passwd can tell. */
function numericUser(user: string | undefined): { uid: number; gid: number } | undefined {
  const form = /^(\d+)(?::(\d+))?$/.exec(user ?? '');
  return form ? { uid: Number(form[1]), gid: Number(form[2] ?? form[1]) } : undefined;
}
