/** A number of places that are entered and left, by whoever came first. */
export interface Places {
  /** Waits for a place. @returns what leaves it, which may be called twice */
  enter(): Promise<() => void>;
}

export function openPlaces(count: number): Places {
  let free = count;
  const waiting: (() => void)[] = [];
  return {
    async enter() {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      let left = false;
      return () => {
        if (left) return;
        left = true;
        const next = waiting.shift();
        if (next) next();
        else free++;
      };
    },
  };
}
