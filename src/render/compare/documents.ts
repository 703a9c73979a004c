import type { Comparison, GateResult } from '../../compare/types.ts';

/** The document of `compare --json`: the comparison as it is, all bytes in bytes and all times in milliseconds. */
export function comparisonDocument(
  comparison: Comparison,
  gates: readonly GateResult[],
): { readonly schema: string } & Readonly<Record<string, unknown>> {
  return { schema: 'coracle.compare/v1', ...comparison, ...(gates.length === 0 ? {} : { gates }) };
}
