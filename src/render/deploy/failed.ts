import { isObject } from '../../core/json.ts';
import type { KeptFailure } from '../../deploy/look/failed.ts';
import { safe } from '../safe.ts';
import type { Style } from '../style.ts';

/** What hosts kept of a release that failed: how it ended, and its last lines. */
export function renderFailed(kept: readonly KeptFailure[], style: Style): string {
  return kept
    .map(({ host, release, inspect, log }) =>
      [
        `${style.bold(safe(host))}  ${safe(release)}`,
        ...endOf(inspect).map((line) => `  ${line}`),
        ...safe(log)
          .trimEnd()
          .split('\n')
          .map((line) => `  ${style.dim('|')} ${line}`),
      ].join('\n'),
    )
    .join('\n\n');
}

/** What the inspection says of its end, in words. */
function endOf(inspect: string): string[] {
  const state = stateOf(inspect);
  if (!state) return [];
  const said = [
    typeof state['ExitCode'] === 'number' ? `exit code ${state['ExitCode']}` : '',
    state['OOMKilled'] === true ? 'killed for its memory' : '',
    typeof state['Error'] === 'string' ? safe(state['Error']) : '',
    typeof state['FinishedAt'] === 'string' ? `ended ${safe(state['FinishedAt'])}` : '',
  ];
  return [said.filter((text) => text !== '').join(', ')];
}

function stateOf(inspect: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(inspect);
    const state: unknown = isObject(value) ? value['state'] : undefined;
    return isObject(state) ? state : undefined;
  } catch {
    return undefined;
  }
}
