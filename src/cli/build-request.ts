import path from 'node:path';
import type { BuildRequest, Output } from '../build/types.ts';
import { loadLayers } from '../config/load.ts';
import { mergeConfig } from '../config/merge.ts';
import { toRequest } from '../config/request.ts';
import type { Ctx } from '../core/ctx.ts';
import { baseFilesOf } from './base-config.ts';
import { annotationsOf, configOfFlags, type BuildInput } from './build-config.ts';
import { dockerfileOf } from './build-dockerfile.ts';
import { buildFlags, goOnlyFlags } from './build-flags.ts';
import { cacheFlags, dockerfileFlags } from './dockerfile-flags.ts';

/**
 * The request that the command line and the files beside WHAT come to; not asked for when nothing changed since the last build.
 * @throws ToolError USAGE, CONFIG_INVALID, REFERENCE_INVALID, FILE_UNREADABLE
 */
export async function requestOf(
  ctx: Ctx,
  input: BuildInput,
  outputs: readonly Output[],
): Promise<BuildRequest> {
  const what = input.args[0] ?? '.';
  const environment = input.value('environment');
  const files = await loadLayers(ctx, what, input.value('config'), () => environment);
  const { config, origin } = mergeConfig([...files.layers, configOfFlags(input, ctx.cwd, ctx.env)]);
  const lock = input.value('lock');
  const ca = input.value('ca');
  const frontend = input.value('frontend');
  return toRequest(config, origin, {
    what,
    main: files.mainOf(config),
    frontend: frontend === 'go' || frontend === 'dockerfile' ? frontend : 'auto',
    dockerfile: dockerfileOf(ctx, input, config.dockerfile),
    given: { goOnly: given(goOnlyFlags, input), dockerfileOnly: given(dockerfileOnly, input) },
    tags: input.values('tag'),
    push: input.flag('push') ?? false,
    outputs,
    noCache: input.flag('no-cache') ?? false,
    indexAnnotations: annotationsOf(input.values('annotation')).index,
    locked: input.flag('locked') ?? false,
    ...(lock === undefined ? {} : { lockFile: path.resolve(ctx.cwd, lock) }),
    insecure: input.values('insecure-registry'),
    ...(ca === undefined ? {} : { ca: path.resolve(ctx.cwd, ca) }),
    consulted: [...files.consulted, ...baseFilesOf(input, ctx.cwd)],
  });
}

const dockerfileOnly = [...dockerfileFlags, ...cacheFlags]
  .map(({ name }): string => name)
  .filter((name) => name !== 'no-cache');

/** Which of these flags were on the command line. */
function given(names: readonly string[], input: BuildInput): string[] {
  return buildFlags
    .filter(
      (flag) =>
        names.includes(flag.name) &&
        (flag.type === 'boolean' ? input.flag(flag.name) !== undefined : input.values(flag.name).length > 0),
    )
    .map(({ name }) => name);
}
