import type { BuildResult } from '../build/types.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { DeployImage } from '../deploy/types.ts';
import type { RegistryAccess } from '../images/registries.ts';
import { accessOf } from './access.ts';
import { buildForDeploy, type DeployBuildInput } from './deploy-build.ts';
import type { DeployCall } from './deploy-flags.ts';

/**
 * The image that is to be deployed: the one that was named, or else what the project comes to.
 * @throws ToolError SEVERAL_MAIN_PACKAGES, NOT_FOUND, as a build
 */
export async function deployImageOf(
  ctx: Ctx,
  call: DeployCall,
  input: DeployBuildInput,
  named: string | undefined,
): Promise<DeployImage> {
  const { findDeployImage } = await import('../deploy/image.ts');
  const access = deployAccess(ctx, call, input);
  const { images } = call.settings;
  if (named !== undefined) return findDeployImage(ctx, named, images, access);
  const push = (input.flag('push') ?? false) || images === 'registry';
  const built = onlyImage(await buildForDeploy(ctx, call, input, push));
  const found = await findDeployImage(ctx, `store:${built.references[0] ?? built.program}`, images, access);
  return { ...found, ...goVersionOf(built) };
}

/** What is told of the Go that it was built with. */
export function goVersionOf({ platforms }: BuildResult['images'][number]): Pick<DeployImage, 'goVersion'> {
  const version = platforms[0]?.go?.version;
  return version === undefined ? {} : { goVersion: version };
}

/** @throws ToolError SEVERAL_MAIN_PACKAGES */
export function onlyImage({ images }: BuildResult): BuildResult['images'][number] {
  const [image] = images;
  if (image !== undefined && images.length === 1) return image;
  throw new ToolError(
    'SEVERAL_MAIN_PACKAGES',
    `a release is one image, and this project has ${images.length}: ${images.map(({ program }) => program).join(', ')}`,
    { hint: 'Name one package with `main:` of coracle.yaml, or an image with --image.' },
  );
}

/** How registries are talked to: by the flags, and by `registries:` of the file. */
export function deployAccess(
  ctx: Ctx,
  { loaded }: Pick<DeployCall, 'loaded'>,
  input: DeployBuildInput,
): RegistryAccess {
  const flags = accessOf(input, ctx.cwd);
  const said = Object.entries(loaded.config.registries ?? {});
  const ca = flags.ca ?? said.find(([, registry]) => registry.ca !== undefined)?.[1].ca;
  return {
    insecure: [...flags.insecure, ...said.flatMap(([host, { insecure }]) => (insecure ? [host] : []))],
    ...(ca === undefined ? {} : { ca }),
  };
}
