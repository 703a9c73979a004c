import type { LoadedEnvironment } from '../../config/environment.ts';
import { deployOf } from '../../config/deploy.ts';
import type { DeploySettings } from '../types.ts';
import { portOf } from './port.ts';

/**
 * The settings with what only the image knows: the port that it exposes, when the file names none and the image names one. (The image of a
 * Dockerfile has its EXPOSE; that of a Go program what `ports:` says.)
 * @param exposed as in an image's config: `8080/tcp`
 */
export function withImagePorts(
  loaded: LoadedEnvironment,
  settings: DeploySettings,
  exposed: readonly string[],
): DeploySettings {
  const deploy = deployOf(loaded.config);
  const ports = exposed.filter((text) => /^\d+(\/tcp)?$/.test(text));
  const [first] = ports;
  if (!deploy || first === undefined || ports.length > 1 || portOf({ deploy, loaded }).from !== 'default')
    return settings;
  const port = Number.parseInt(first, 10);
  const asked = deploy.health === 'none' ? undefined : deploy.health.port;
  return {
    ...settings,
    container: { ...settings.container, port },
    health: { ...settings.health, port: asked ?? port },
  };
}
