import { isObject } from '../../../core/json.ts';
import { ToolError } from '../../../core/errors.ts';

/** Docker's settings with ours laid in. */
export interface MergedSettings {
  readonly text: string;
  /** What was added: empty when all was there. */
  readonly added: readonly string[];
}

type Settings = Readonly<Record<string, unknown>>;

/**
 * Lays log limits and `live-restore` into the text of daemon.json. What stands there stays; what the daemon has as a flag is left out, as it does not start
 * with both.
 * @throws ToolError HOST_UNFIT when the text is no JSON object
 */
export function mergeDaemonJson(
  text: string,
  { flags, swarm }: { readonly flags: readonly string[]; readonly swarm: boolean },
): MergedSettings {
  const before = text.trim() === '' ? {} : parse(text);
  const flagged = (name: string): boolean => flags.some((flag) => flag.split('=')[0] === `--${name}`);
  const after: Record<string, unknown> = { ...before };
  const added: string[] = [];
  const driver = before['log-driver'] ?? 'json-file';
  if ((driver === 'json-file' || driver === 'local') && !flagged('log-driver') && !flagged('log-opt')) {
    const options = isObject(before['log-opts']) ? before['log-opts'] : {};
    if (options['max-size'] === undefined) {
      after['log-opts'] = { 'max-file': '3', ...options, 'max-size': '10m' };
      added.push('logs of containers are cut at 10 MB, three files');
    }
  }
  // Swarm does not start with it.
  if (before['live-restore'] === undefined && !swarm && !flagged('live-restore')) {
    after['live-restore'] = true;
    added.push('containers go on while Docker itself is restarted or upgraded');
  }
  return { text: `${JSON.stringify(after, null, 2)}\n`, added };
}

function parse(text: string): Settings {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    throw broken(error);
  }
  throw broken(undefined);
}

function broken(cause: unknown): ToolError {
  return new ToolError('HOST_UNFIT', '/etc/docker/daemon.json is no JSON object', {
    hint: 'Docker does not start with it either: correct it on the host.',
    cause,
  });
}
