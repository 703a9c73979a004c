/** Lets timers, signals and other work run between synchronous calls. */
export async function breath(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
