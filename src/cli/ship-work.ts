import path from 'node:path';
import type { BuildRequest } from '../build/types.ts';
import type { Ctx } from '../core/ctx.ts';
import type { ShippedImage, ShipWork } from '../ship/work.ts';
import { buildForDeploy, buildInputOf, type DeployBuildInput } from './deploy-build.ts';
import { deployAccess, goVersionOf, onlyImage } from './deploy-image.ts';
import { deployOptionsOf, type DeployInput } from './deploy-flags.ts';
import type { Parsed } from './verb.ts';

export type ShipInput = Parsed<
  'push' | 'locked' | 'resume',
  | 'config'
  | 'host'
  | 'ssh-config'
  | 'platform'
  | 'insecure-registry'
  | 'ca'
  | 'image'
  | 'skip'
  | 'only'
  | 'from'
  | 'report'
> &
  DeployInput &
  DeployBuildInput;

/** What the stages of `ship` work with, each part found when it is first asked for. */
export function shipWork(
  ctx: Ctx,
  input: ShipInput,
  { deploys, reports }: { readonly deploys: boolean; readonly reports: readonly string[] },
): ShipWork {
  const loaded = once(async () => {
    const { loadEnvironment } = await import('../config/environment.ts');
    const file = input.value('config');
    const [environment] = input.args;
    return loadEnvironment(ctx, file === undefined ? '.' : path.dirname(file), {
      ...(file === undefined ? {} : { file }),
      ...(environment === undefined ? {} : { environment }),
    });
  });
  const project = once(async () => {
    const found = await loaded();
    return { what: path.relative(ctx.cwd, found.directory) || '.', loaded: found };
  });
  const settings = once(async () => {
    const { deploySettings } = await import('../deploy/settings.ts');
    return deploySettings(await loaded());
  });
  const request = once(async (): Promise<BuildRequest> => {
    const { requestOf } = await import('./build-request.ts');
    return requestOf(ctx, buildInputOf(await project(), input, false), []);
  });
  const image = once(async (): Promise<ShippedImage> => {
    const named = input.value('image');
    if (named !== undefined) return { name: named, built: undefined, references: [] };
    const built = await buildForDeploy(ctx, await project(), input, false);
    const { references, program } = onlyImage(built);
    return { name: `store:${references[0] ?? program}`, built, references };
  });
  const access = once(async () => deployAccess(ctx, await project(), input));
  return {
    loaded,
    settings,
    request,
    image,
    access,
    deployImage: once(async () => {
      const { findDeployImage } = await import('../deploy/image.ts');
      const images = deploys ? (await settings()).images : 'ssh';
      const { name, built } = await image();
      const found = await findDeployImage(ctx, name, images, await access());
      return built === undefined ? found : { ...found, ...goVersionOf(onlyImage(built)) };
    }),
    options: deployOptionsOf(ctx, input),
    own: [ctx.home, ...reports.map((file) => path.resolve(ctx.cwd, file))],
    deploys,
  };
}

/** Found once; what failed is tried again by the next who asks. */
function once<R>(find: () => Promise<R>): () => Promise<R> {
  let found: Promise<R> | undefined;
  return async () => {
    found ??= find().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}
