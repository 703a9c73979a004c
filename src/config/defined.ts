/** A value whose keys may be there and undefined. */
export type Loose<T> = { [K in keyof T]?: T[K] | undefined };

/** Without the keys that are undefined: what exactOptionalPropertyTypes asks for. */
export function defined<T extends object>(value: Loose<T>): T {
  // What is left has the type that it had.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
