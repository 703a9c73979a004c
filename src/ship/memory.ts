import type { KeyValue } from '../store/cache.ts';
import type { StageResult } from './types.ts';

/** What passed in earlier runs of one project and environment. */
export interface Memory {
  /** The result of the stage, if it passed with this very key. */
  recall(stage: string, key: string | undefined): Promise<StageResult | undefined>;
  keep(stage: string, key: string, result: StageResult): Promise<void>;
  forget(stage: string): Promise<void>;
}

interface Kept {
  readonly key: string;
  readonly result: StageResult;
}

const bucket = 'ship';

/** Kept in Coracle's home, where it can be lost at any time: the stage is run again then. */
export function openMemory(cache: KeyValue, project: string, environment: string | undefined): Memory {
  const nameOf = (stage: string): string => JSON.stringify([project, environment ?? null, stage]);
  return {
    async recall(stage, key) {
      if (key === undefined) return undefined;
      const kept = await cache.get<Kept>(bucket, nameOf(stage));
      return kept?.key === key ? kept.result : undefined;
    },
    keep: async (stage, key, result) => cache.set(bucket, nameOf(stage), { key, result } satisfies Kept),
    forget: async (stage) => cache.delete(bucket, nameOf(stage)),
  };
}
