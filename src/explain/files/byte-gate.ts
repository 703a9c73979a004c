/**
 * Lets up to `places` works in as long as what they take together stays below `most` bytes; one that takes more comes in alone. They come in
 * in the order in which they asked, so that none waits for ever. Each is told its place, the lowest that is free: 0 for one that is alone.
 */
export function byteGate(
  places: number,
  most: number,
): <R>(bytes: number, work: (place: number) => Promise<R>) => Promise<R> {
  const free = Array.from({ length: places }, (_, place) => place);
  let taken = 0;
  const waiting: { readonly bytes: number; readonly enter: (place: number) => void }[] = [];
  const admit = (): void => {
    const fits = (bytes: number): boolean => free.length === places || taken + bytes <= most;
    for (let next = waiting[0]; next && fits(next.bytes); next = waiting[0]) {
      const place = free.shift();
      if (place === undefined) return;
      waiting.shift();
      taken += next.bytes;
      next.enter(place);
    }
  };
  return async (bytes, work) => {
    const place = await new Promise<number>((enter) => {
      waiting.push({ bytes, enter });
      admit();
    });
    try {
      return await work(place);
    } finally {
      free.push(place);
      free.sort((a, b) => a - b);
      taken -= bytes;
      admit();
    }
  };
}
