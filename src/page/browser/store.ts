import type { Matches } from './search.ts';
import type { Tree } from './tree.ts';

/** What the page shows at this moment. */
export interface State {
  readonly tab: number;
  readonly tree: Tree;
  /** The node that fills the map. */
  readonly root: number;
  /** Below the root, or the root itself when it holds nothing. */
  readonly selected: number;
  /** Under the pointer; -1 when none is. */
  readonly hover: number;
  readonly query: string;
  readonly matches: Matches | undefined;
}

export interface Store {
  get(): State;
  /** Tells all listeners, once a change has changed something. */
  set(change: Partial<State>): void;
  listen(listener: (now: State, before: State) => void): void;
}

export function makeStore(first: State): Store {
  let state = first;
  const listeners: ((now: State, before: State) => void)[] = [];
  return {
    get: () => state,
    set: (change) => {
      const before = state;
      state = { ...state, ...change };
      const earlier = new Map<string, unknown>(Object.entries(before));
      if (Object.entries(change).every(([key, value]) => earlier.get(key) === value)) return;
      const now = state;
      for (const listener of listeners) listener(now, before);
    },
    listen: (listener) => {
      listeners.push(listener);
    },
  };
}
