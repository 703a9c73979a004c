/** Anything that has a time, in microseconds. */
interface Timed {
  readonly at: number;
}

/**
 * Merges streams that are each in order into one that is, at the reader's pace: of each stream one item is held. Items of the same time keep the order
 * of the streams. A stream that goes back in time (a program's two outputs, a clock that was set) keeps its own order.
 */
export async function* mergeByTime<T extends Timed>(
  streams: readonly AsyncIterator<T, unknown, undefined>[],
): AsyncGenerator<T, void, undefined> {
  const heads: { item: T; stream: AsyncIterator<T, unknown, undefined> }[] = [];
  try {
    const firsts = await Promise.all(streams.map(async (stream) => stream.next()));
    streams.forEach((stream, index) => {
      const first = firsts[index];
      if (first && first.done !== true) heads.push({ item: first.value, stream });
    });
    while (heads.length > 0) {
      const least = heads.reduce((best, head) => (head.item.at < best.item.at ? head : best));
      yield least.item;
      const next = await least.stream.next();
      if (next.done === true) heads.splice(heads.indexOf(least), 1);
      else least.item = next.value;
    }
  } finally {
    await Promise.all(streams.map(async (stream) => stream.return?.()));
  }
}
