/**
 * JSON that a test or a program beside it wrote, taken for what the caller says it is. Never for what comes from outside: that
 * is checked by the code under test.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it is what the cast would be at each call
export function parseJson<T>(text: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller knows who wrote it
  return JSON.parse(text) as T;
}
