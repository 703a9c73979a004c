import type { Event } from '../core/event.ts';

/** Shows the events of one command while it runs. */
export interface ProgressView {
  event(event: Event): void;
  /** Nothing follows: what moves on the screen comes to rest. May be called more than once. */
  end(): void;
}

/** A view that is loaded at its first event, as most commands that are fast have none. */
export function lazyView(load: () => Promise<ProgressView>): ProgressView & { settled(): Promise<void> } {
  const early: Event[] = [];
  let loading: Promise<void> | undefined;
  let view: ProgressView | undefined;
  let ended = false;
  return {
    event(event) {
      if (view) return view.event(event);
      early.push(event);
      loading ??= load().then((loaded) => {
        view = loaded;
        for (const each of early) loaded.event(each);
        if (ended) loaded.end();
      });
    },
    end() {
      ended = true;
      view?.end();
    },
    async settled() {
      await loading;
      view?.end();
    },
  };
}
