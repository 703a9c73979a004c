import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, type SourceRange } from '../core/errors.ts';
import type { PickEnvironment } from './environments.ts';
import { loadLayers, shortest } from './load.ts';
import { mergeConfig } from './merge.ts';
import type { OriginOf } from './request.ts';
import type { Config } from './types.ts';

/** A project's configuration as one of its environments sees it. */
export interface LoadedEnvironment {
  /** The coracle.yaml. Absolute. */
  readonly file: string;
  /** The same, as people like to see it. */
  readonly shown: string;
  /** What paths in the file are relative to: where it lies. */
  readonly directory: string;
  /** Undefined for a project without environments. */
  readonly environment: string | undefined;
  readonly environments: readonly string[];
  /** Where the settings of this environment stand in the file. */
  readonly overlay: SourceRange | undefined;
  readonly config: Config;
  readonly origin: OriginOf;
  readonly consulted: readonly string[];
}

/**
 * Reads the configuration of WHAT for one environment: the one that is named, or the only one.
 * @throws ToolError USAGE when there are several and none is named; CONFIG_INVALID, FILE_UNREADABLE
 */
export async function loadEnvironment(
  ctx: Ctx,
  what: string,
  options: { readonly file?: string; readonly environment?: string } = {},
): Promise<LoadedEnvironment> {
  const files = await loadLayers(ctx, what, options.file, oneOf(options.environment));
  const { file, environment, environments, overlay, consulted } = files;
  if (file === undefined) {
    throw new ToolError('FILE_UNREADABLE', `there is no coracle.yaml for ${what}`, {
      hint: 'Write one: `deploy: {hosts: [web1.example.com], proxy: {domains: [api.example.com]}}` is enough.',
    });
  }
  const { config, origin } = mergeConfig(files.layers);
  return {
    file,
    shown: shortest(file, ctx.cwd),
    directory: path.dirname(file),
    environment,
    environments,
    overlay,
    config,
    origin,
    consulted,
  };
}

/** The environment of this name; without a name the only one, or none where there are none. */
function oneOf(name: string | undefined): PickEnvironment {
  return (names) => {
    if (name !== undefined || names.length < 2) return name ?? names[0];
    throw new ToolError('USAGE', `which environment? There are ${names.join(', ')}`, {
      hint: `Name one, such as ${names[0] ?? ''}.`,
    });
  };
}
