/**
 * Lets up to `places` works in as long as what they take together stays below `most` bytes; one that takes more comes in alone. They come in
 * in the order in which they asked, so that none waits for ever.
 */
export function byteGate(
  places: number,
  most: number,
): <R>(bytes: number, work: () => Promise<R>) => Promise<R> {
  let inside = 0;
  let taken = 0;
  const waiting: { readonly bytes: number; readonly enter: () => void }[] = [];
  const admit = (): void => {
    const fits = (bytes: number): boolean => inside === 0 || (inside < places && taken + bytes <= most);
    for (let next = waiting[0]; next && fits(next.bytes); next = waiting[0]) {
      waiting.shift();
      inside++;
      taken += next.bytes;
      next.enter();
    }
  };
  return async (bytes, work) => {
    await new Promise<void>((enter) => {
      waiting.push({ bytes, enter });
      admit();
    });
    try {
      return await work();
    } finally {
      inside--;
      taken -= bytes;
      admit();
    }
  };
}
