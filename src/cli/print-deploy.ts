import type { DeployResult } from '../deploy/types.ts';
import type { Out } from './out.ts';

/** Shows how a deploy or a rollback ended. @returns the exit code: 3 when it does not serve everywhere, 130 when that is for an interrupt */
export async function printDeploy(
  result: DeployResult,
  out: Out,
  verb: 'deploy' | 'rollback',
  signal: AbortSignal,
): Promise<number> {
  const code = result.outcome === 'deployed' ? 0 : signal.aborted ? 130 : 3;
  if (out.json) await out.document({ schema: `coracle.${verb}/v1`, ...result });
  else if (out.quiet && code === 0) await out.print(result.release.id);
  else {
    const { renderDeploy } = await import('../render/deploy/result.ts');
    await out.print(renderDeploy(result, { style: out.style, columns: out.columns, verb }));
  }
  return code;
}
