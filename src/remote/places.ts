/** A number of places that are entered and left, by whoever came first. */
export interface Places {
  /** Waits for a place. @returns what leaves it, which may be called twice */
  enter(): Promise<() => void>;
  /**
   * The place that was just entered is not to be had: it is not left, and there is one less from now on.
   * @returns false when it is the only one that is in use, so that nobody would ever make room; it must be left then
   */
  lose(): boolean;
}

export function openPlaces(count: number): Places {
  let free = count;
  let used = 0;
  const waiting: (() => void)[] = [];
  return {
    async enter() {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      used++;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        used--;
        const next = waiting.shift();
        if (next) next();
        else free++;
      };
    },
    lose() {
      if (used < 2) return false;
      used--;
      return true;
    },
  };
}
