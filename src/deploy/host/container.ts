import { ToolError } from '../../core/errors.ts';
import type { Call } from './call.ts';
import { parseObject } from './state.ts';
import type { ContainerState, Evidence } from './types.ts';

/** @throws ToolError CONTAINER_FAILED when there is no such container */
export async function containerState(call: Call, host: string, container: string): Promise<ContainerState> {
  const { stdout } = await call('op_container', { container });
  const said = parseObject(stdout);
  const { running, exitCode, restarts, oomKilled, startedAt, error } = said;
  if (typeof running !== 'boolean' || typeof exitCode !== 'number')
    throw new ToolError('CONTAINER_FAILED', `${host} does not say how ${container} is`);
  return {
    running,
    exitCode,
    restarts: typeof restarts === 'number' ? restarts : 0,
    oomKilled: oomKilled === true,
    startedAt: typeof startedAt === 'string' ? startedAt.slice(0, 64) : '',
    error: typeof error === 'string' ? error.slice(0, 4000) : '',
  };
}

/** The first line is the inspection, the others are the log. */
export async function releaseEvidence(call: Call, release: string): Promise<Evidence> {
  const { stdout } = await call('op_evidence', { release });
  const end = stdout.indexOf('\n');
  return {
    inspect: stdout.slice(0, end < 0 ? undefined : end).slice(0, 65_536),
    log: end < 0 ? '' : stdout.slice(end + 1).slice(-65_536),
  };
}
