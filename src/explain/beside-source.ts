import type { Ctx } from '../core/ctx.ts';
import { isToolError, ToolError } from '../core/errors.ts';
import type { SourceOptions } from './costs/source.ts';
import type { BinaryExplanation, Explanation } from './types.ts';

/**
 * Adds what only the source tells to an explanation of what was built from it elsewhere: to the program, or to those programs of an image
 * that are of this source.
 * @throws ToolError CONFIG_INVALID when none is; and as a build
 */
export async function addSource(
  ctx: Ctx,
  explanation: Explanation,
  directory: string,
  options: SourceOptions,
): Promise<Explanation> {
  const { costsWithSource } = await import('./costs/source.ts');
  const withCosts = async (binary: BinaryExplanation): Promise<BinaryExplanation> => ({
    ...binary,
    costs: await costsWithSource(ctx, binary.ledger, directory, options),
  });
  if (explanation.kind === 'binary') return withCosts(explanation);
  const binaries: BinaryExplanation[] = [];
  let refused: ToolError | undefined;
  let found = false;
  for (const binary of explanation.binaries) {
    if (binary.ledger.binary?.buildInfo === undefined) binaries.push(binary);
    else {
      try {
        binaries.push(await withCosts(binary));
        found = true;
      } catch (error) {
        if (!isToolError(error, 'CONFIG_INVALID')) throw error;
        refused = error;
        binaries.push(binary);
      }
    }
  }
  if (found) return { ...explanation, binaries };
  throw (
    refused ?? new ToolError('CONFIG_INVALID', `no Go program in ${explanation.source} is of ${directory}`)
  );
}
