/** Runs `work` on every item, at most `limit` at once, results in the items' order. The first failure rejects; no new item starts after it. */
export async function mapLimit<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = Array.from({ length: items.length });
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const index = next++;
      try {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- index < items.length
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}

/** A counting semaphore: `run` waits for one of `slots` places. */
export function semaphore(slots: number): { run<R>(work: () => Promise<R>): Promise<R> } {
  let free = slots;
  const waiting: (() => void)[] = [];
  return {
    async run(work) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free++;
      }
    },
  };
}

/** Computes the value of a key once, however many ask at the same time; a failure is forgotten, so that a later call tries again. */
export function onceMap<V>(): (key: string, compute: () => Promise<V>) => Promise<V> {
  const pending = new Map<string, Promise<V>>();
  return (key, compute) => {
    const known = pending.get(key);
    if (known) return known;
    const promise = compute();
    pending.set(key, promise);
    promise.catch(() => pending.delete(key));
    return promise;
  };
}
