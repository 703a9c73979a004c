/** The build request of a directory, from the configuration beside it alone. */
import { plainDockerfile } from '../../build/dockerfile/settings.ts';
import type { BuildRequest } from '../../build/types.ts';
import { loadLayers } from '../../config/load.ts';
import { mergeConfig } from '../../config/merge.ts';
import { toRequest } from '../../config/request.ts';
import type { Ctx } from '../../core/ctx.ts';

/**
 * What `coracle build DIR` would be asked, without any flag but the platform and the environment.
 * @throws ToolError CONFIG_INVALID, FILE_UNREADABLE, REFERENCE_INVALID
 */
export async function requestOfDirectory(
  ctx: Ctx,
  what: string,
  { platform, environment }: { readonly platform?: string; readonly environment?: string },
): Promise<BuildRequest> {
  const files = await loadLayers(ctx, what, undefined, () => environment);
  const said = {
    config: platform === undefined ? {} : { platforms: [platform] },
    from: () => ({ name: '--platform' }),
  };
  const { config, origin } = mergeConfig([...files.layers, said]);
  return toRequest(config, origin, {
    what,
    main: files.mainOf(config),
    frontend: 'go',
    // A request has it even when a Go program is meant.
    dockerfile: plainDockerfile,
    given: { goOnly: [], dockerfileOnly: [] },
    tags: [],
    push: false,
    outputs: [],
    noCache: false,
    indexAnnotations: {},
    locked: false,
    insecure: [],
    consulted: files.consulted,
  });
}
