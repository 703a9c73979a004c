import path from 'node:path';
import { deployOf, type DeployConfig, type SecretsConfig } from './deploy.ts';
import type { LoadedEnvironment } from './environment.ts';
import type { BaseConfig, Config } from './types.ts';

/**
 * The configuration of one environment in the form of a coracle.yaml that says the same without environments: paths relative to the file,
 * defaults of `deploy:` filled in, secrets as where they are.
 */
export function finalConfig(loaded: LoadedEnvironment): Record<string, unknown> {
  const { base, deploy: _, ...rest } = relative(loaded.config, loaded.directory);
  const deploy = deployOf(loaded.config);
  return {
    ...rest,
    ...(base && { base: shortBase(base) }),
    ...(deploy && { deploy: { ...deploy, ...withSources(deploy) } }),
  };
}

function shortBase(base: BaseConfig): unknown {
  return Object.keys(base).length === 1 && base.name !== undefined ? base.name : base;
}

function withSources(deploy: DeployConfig): Partial<Pick<DeployConfig, 'secrets' | 'accessories'>> {
  const { secrets, accessories } = deploy;
  return {
    ...(secrets && { secrets: sources(secrets) }),
    ...(accessories && {
      accessories: Object.fromEntries(
        Object.entries(accessories).map(([name, accessory]) => [
          name,
          { ...accessory, ...(accessory.secrets && { secrets: sources(accessory.secrets) }) },
        ]),
      ),
    }),
  };
}

/** Every secret with where it is: a name alone is a variable of that name. */
export function sources(secrets: SecretsConfig): Exclude<SecretsConfig, readonly string[]> {
  return isNames(secrets) ? Object.fromEntries(secrets.map((name) => [name, { env: name }])) : secrets;
}

export function isNames(secrets: SecretsConfig | undefined): secrets is readonly string[] {
  return Array.isArray(secrets);
}

/** The other way round of what parse.ts does to paths. */
function relative(config: Config, directory: string): Config {
  const to = (file: string): string => path.relative(directory, file) || '.';
  const { addCa, files, dockerfile, registries } = config;
  return {
    ...config,
    ...(addCa && { addCa: addCa.map(to) }),
    ...(files && { files: files.map((file) => Object.assign({}, file, { from: to(file.from) })) }),
    ...(dockerfile?.file !== undefined && { dockerfile: { ...dockerfile, file: to(dockerfile.file) } }),
    ...(registries && {
      registries: Object.fromEntries(
        Object.entries(registries).map(([host, one]) => [
          host,
          one.ca === undefined ? one : { ...one, ca: to(one.ca) },
        ]),
      ),
    }),
  };
}
