/** Waiting that an interrupt, a lost lock or a lost host ends. */
/** What `work` gives, or the signal's reason as soon as it aborts; then the work is not waited for. */
export async function unless<R>(stop: AbortSignal, work: Promise<R>): Promise<R> {
  stop.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- it is what throwIfAborted would throw
    onAbort = () => reject(stop.reason);
    stop.addEventListener('abort', onAbort, { once: true });
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, stopped]);
  } finally {
    if (onAbort) stop.removeEventListener('abort', onAbort);
  }
}
