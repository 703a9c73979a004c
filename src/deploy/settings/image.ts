import type { DeployImage, DeploySettings } from '../types.ts';
import { runtimeEnv } from './runtime-env.ts';

/**
 * The settings with what only the image decides: the one port that it exposes, when the file names none (the image of a Dockerfile has its EXPOSE), and
 * what its Go is told of the limits.
 */
export function settingsForImage(
  settings: DeploySettings,
  { exposed = [], variables = [], goVersion }: Pick<DeployImage, 'exposed' | 'variables' | 'goVersion'>,
): DeploySettings {
  const { container, health } = settings;
  const ports = exposed.filter((text) => /^\d+(\/tcp)?$/.test(text));
  const [only] = container.portAssumed && ports.length === 1 ? ports : [];
  const port = only === undefined ? container.port : Number.parseInt(only, 10);
  return {
    ...settings,
    container: {
      ...container,
      port,
      env: { ...runtimeEnv(container, goVersion, variables), ...container.env },
    },
    health: { ...health, port: health.port === container.port ? port : health.port },
  };
}
