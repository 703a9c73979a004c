import { hostname, userInfo } from 'node:os';
import path from 'node:path';
import type { LoadedEnvironment } from '../config/environment.ts';
import type { Ctx } from '../core/ctx.ts';
import type { DeployOptions, DeploySettings } from '../deploy/types.ts';
import { windUpWithin } from './signals.ts';
import type { Arg, Flag, Parsed } from './verb.ts';

/** First word of every verb that speaks with hosts. */
export const environmentArg = {
  name: 'ENV',
  help: 'Environment, of those below `environments:` of coracle.yaml. Not needed where there is one, or none.',
  optional: true,
} as const satisfies Arg;

/** Flags of every verb that speaks with hosts. */
export const deployFlags = [
  {
    name: 'config',
    type: 'string',
    value: 'FILE',
    default: 'coracle.yaml here',
    help: 'Read this file; the project is the directory that it lies in.',
    group: 'Where',
    completes: 'file',
  },
  {
    name: 'host',
    type: 'string',
    value: 'NAME',
    repeatable: true,
    default: 'all',
    help: 'Only this host of the environment.',
    group: 'Where',
  },
  {
    name: 'ssh-config',
    type: 'string',
    value: 'FILE',
    help: "Configuration of ssh in place of the user's.",
    group: 'Where',
    hidden: true,
    completes: 'file',
  },
] as const satisfies readonly Flag[];

export type DeployInput = Parsed<string, 'config' | 'host' | 'ssh-config'>;

/** What a verb that speaks with hosts is called with. */
export interface DeployCall {
  /** Where coracle.yaml lies, as `build` is told of it. */
  readonly what: string;
  readonly loaded: LoadedEnvironment;
  readonly settings: DeploySettings;
  readonly options: DeployOptions;
}

/**
 * Reads the configuration of one environment.
 * @param environment the first word of the command line, unless given
 * @throws ToolError USAGE, CONFIG_INVALID, FILE_UNREADABLE
 */
export async function deployCallOf(
  ctx: Ctx,
  input: DeployInput,
  environment: string | undefined = input.args[0],
): Promise<DeployCall> {
  const [{ loadEnvironment }, { deploySettings }] = await Promise.all([
    import('../config/environment.ts'),
    import('../deploy/settings.ts'),
  ]);
  const file = input.value('config');
  const loaded = await loadEnvironment(ctx, file === undefined ? '.' : path.dirname(file), {
    ...(file === undefined ? {} : { file }),
    ...(environment === undefined ? {} : { environment }),
  });
  return {
    what: path.relative(ctx.cwd, loaded.directory) || '.',
    loaded,
    settings: deploySettings(loaded),
    options: deployOptionsOf(ctx, input),
  };
}

/** Milliseconds that going back may take on all hosts; whoever does not want to wait leaves it to them. */
const goingBack = 120_000;

/** From here on an interrupt means: go back, then end. For the verbs that change what serves. */
export function endByGoingBack(): void {
  windUpWithin(goingBack);
}

export function deployOptionsOf(ctx: Ctx, input: DeployInput): DeployOptions {
  const sshConfig = input.value('ssh-config');
  const hosts = input.values('host');
  return {
    by: deployer(ctx),
    ...(sshConfig === undefined ? {} : { sshConfig: path.resolve(ctx.cwd, sshConfig) }),
    ...(hosts.length === 0 ? {} : { hosts: [...new Set(hosts)] }),
  };
}

/** Who deploys, for locks and journals: `ana@laptop`; in CI whoever started the pipeline. */
function deployer({ env }: Ctx): string {
  const who = env['GITHUB_ACTIONS']
    ? `${env['GITHUB_ACTOR'] ?? 'somebody'}@github`
    : env['GITLAB_CI']
      ? `${env['GITLAB_USER_LOGIN'] ?? 'somebody'}@gitlab`
      : `${userName()}@${hostname()}`;
  return who.replaceAll(/[^\w.@+-]/g, '_').slice(0, 80);
}

/** A container's user may have a number only. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'somebody');
  }
}
