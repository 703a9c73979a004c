/** What a Dockerfile build depended on, for the next one that wants to know whether there is anything to do. */
import { contextUnchanged, recordContext } from '../../context/record.ts';
import type { ContextRecord } from '../../context/record.ts';
import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import { recorder } from '../../golang/inputs-recorder.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Store } from '../../store/store.ts';
import { recordTree } from '../context-files.ts';
import type { BuildRequest, RegistrySettings } from '../types.ts';
import type { Remembered } from '../unchanged.ts';
import { commitOf } from './epoch.ts';
import type { Epoch } from './epoch.ts';
import type { OpenedSource } from './source.ts';

/** Plain data. */
export interface RememberedDockerfile {
  readonly contexts: readonly ContextRecord[];
  /** What the names of base images meant. */
  readonly bases: readonly { readonly reference: string; readonly digest: string }[];
  /** Names are asked for at their registry even when the store has them (--pull). */
  readonly pull: boolean;
  readonly commit?: Epoch['commit'];
}

/** Undefined when a later build could not know that nothing changed: a URL was read, or files were written meanwhile. */
export async function remember(
  ctx: Ctx,
  source: OpenedSource,
  bases: RememberedDockerfile['bases'],
  epoch: Epoch,
  request: BuildRequest,
  began: bigint,
): Promise<Pick<Remembered, 'inputs' | 'env' | 'dockerfile'> | undefined> {
  if (request.noCache || request.dockerfile.noCacheStages.length > 0 || !source.lasting()) return undefined;
  const read = recorder(began);
  for (const file of [...request.consulted, ...source.files()]) await recordTree(read, file);
  const inputs = read.finish();
  const contexts = await Promise.all(source.trees().map(async (tree) => recordContext(ctx, tree)));
  if (!inputs || contexts.includes(undefined)) return undefined;
  return {
    inputs: { '': inputs },
    env: {},
    dockerfile: {
      contexts: contexts.filter((record) => record !== undefined),
      bases,
      pull: request.dockerfile.pull,
      ...(epoch.commit ? { commit: epoch.commit } : {}),
    },
  };
}

/** The first thing that is not as it was; undefined when all is. */
export async function contextHolds({ contexts, commit }: RememberedDockerfile): Promise<string | undefined> {
  for (const record of contexts) {
    const changed = contextUnchanged(record);
    if (changed !== undefined) return changed;
  }
  if (commit && ((await commitOf(commit.directory)) ?? '') !== commit.id)
    return 'another commit is checked out';
  return undefined;
}

/** The first base image whose name means something else now; undefined when there is none. */
export async function basesHold(
  ctx: Ctx,
  store: Store,
  { bases, pull }: RememberedDockerfile,
  settings: Readonly<Record<string, RegistrySettings>>,
): Promise<string | undefined> {
  const moved = await Promise.all(
    bases.map(async ({ reference, digest }) => {
      const local = pull ? undefined : await store.refs.get(reference);
      if (local) return local.descriptor.digest === digest ? undefined : reference;
      const parsed = parseReference(reference);
      if (parsed.digest) return undefined;
      const { openRegistry } = await import('../registries.ts');
      const found = await (await openRegistry(ctx, settings)).resolve(parsed).catch((error: unknown) => {
        if (isToolError(error)) return undefined; // the build says it better
        throw error;
      });
      return found?.digest === digest ? undefined : reference;
    }),
  );
  const first = moved.find((reference) => reference !== undefined);
  return first === undefined ? undefined : `${first} is another image now`;
}
