import type { BuildRequest, BuildResult } from '../build/types.ts';
import type { LoadedEnvironment } from '../config/environment.ts';
import type { DeployImage, DeployOptions, DeploySettings } from '../deploy/types.ts';
import type { RegistryAccess } from '../images/registries.ts';

/**
 * What stages work with. Each answer is found once, by the first stage that asks: so a stage can be left out, and a later one still has what it
 * needs.
 */
export interface ShipWork {
  /** The configuration of the environment. @throws ToolError CONFIG_INVALID, USAGE */
  loaded(): Promise<LoadedEnvironment>;
  /** @throws ToolError CONFIG_INVALID */
  settings(): Promise<DeploySettings>;
  /** How the project is built: where its Go comes from, its tags and flags. */
  request(): Promise<BuildRequest>;
  /** The image of this run: built, or named on the command line. */
  image(): Promise<ShippedImage>;
  /** That image as hosts get it; after it was pushed. */
  deployImage(): Promise<DeployImage>;
  access(): Promise<RegistryAccess>;
  readonly options: DeployOptions;
  /** Files and directories that ship itself writes: no input of anything. Absolute. */
  readonly own: readonly string[];
  /** Whether this run deploys: what only a deploy needs is asked for only then. */
  readonly deploys: boolean;
}

export interface ShippedImage {
  /** As `coracle inspect` would be told of it. */
  readonly name: string;
  /** Undefined when it was named. */
  readonly built: BuildResult | undefined;
  /** Full names of the store, when it was built. */
  readonly references: readonly string[];
}
