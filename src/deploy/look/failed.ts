import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import type { FleetHost } from '../fleet.ts';
import type { DeployOptions, DeploySettings } from '../types.ts';
import { isRelease } from './logs/select.ts';
import { openToLook } from './open.ts';
import { ask } from './runtime.ts';

/** What one host kept of a release that failed there. */
export interface KeptFailure {
  readonly host: string;
  readonly release: string;
  /** The runtime's inspection, as JSON, without values of variables. */
  readonly inspect: string;
  /** Its last lines. */
  readonly log: string;
}

const names = `ls -1 "$records/failed" 2>/dev/null || :`;
const contents = `
kept=$records/failed/$release
head -c 65536 "$kept/inspect" 2>/dev/null | head -n 1
echo
head -c 262144 "$kept/log" 2>/dev/null || :
`;

/**
 * What hosts kept of a release that failed on them: inspection and last lines.
 * @param said its id, or how that begins or ends
 * @throws ToolError RELEASE_UNKNOWN, which names those that are kept
 */
export async function failedRelease(
  ctx: Ctx,
  settings: DeploySettings,
  options: DeployOptions,
  said: string,
): Promise<KeptFailure[]> {
  const fleet = await openToLook(ctx, settings, options, 'partial');
  try {
    const listed = await Promise.all(
      fleet.hosts.map(async (host) => ({ host, releases: await keptOn(host) })),
    );
    const chosen = listed.flatMap(({ host, releases }) =>
      releases.filter((id) => isRelease(id, said)).map((release) => ({ host, release })),
    );
    if (chosen.length === 0) throw unknown(said, [...new Set(listed.flatMap(({ releases }) => releases))]);
    return await Promise.all(
      chosen.map(async ({ host, release }) => {
        const what = 'what was kept of a release cannot be read';
        const text = await ask(host, contents, { release }, what);
        const end = text.indexOf('\n\n');
        return {
          host: host.host.name,
          release,
          inspect: end === -1 ? '' : text.slice(0, end),
          log: end === -1 ? text : text.slice(end + 2),
        };
      }),
    );
  } finally {
    await fleet.close();
  }
}

async function keptOn(host: FleetHost): Promise<string[]> {
  const text = await ask(host, names, {}, 'its records cannot be read');
  return text.split('\n').filter((name) => /^[\w.-]{1,80}$/.test(name));
}

function unknown(said: string, kept: readonly string[]): ToolError {
  return new ToolError('RELEASE_UNKNOWN', `no host kept anything of a release ${said} that failed`, {
    hint:
      kept.length === 0
        ? 'coracle history lists what was deployed.'
        : `Kept are ${kept.toSorted().slice(-5).join(', ')}.`,
  });
}
