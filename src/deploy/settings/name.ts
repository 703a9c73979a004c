import path from 'node:path';
import type { LoadedEnvironment } from '../../config/environment.ts';
import { ToolError } from '../../core/errors.ts';
import type { ServiceName } from '../types.ts';

const longest = 40;

/** Where a service's name comes from, for `config --explain`. */
export interface NamedService {
  readonly service: ServiceName;
  /** Without the environment. */
  readonly name: string;
  readonly from: 'name' | 'image' | 'directory';
}

/**
 * `name:`, else the last word of `image:`, else the directory's name; with the environment behind it, so that two environments can share hosts.
 * @throws ToolError CONFIG_INVALID when that is no name
 */
export function serviceName(loaded: LoadedEnvironment): NamedService {
  const { config, environment } = loaded;
  const from = config.name !== undefined ? 'name' : config.image !== undefined ? 'image' : 'directory';
  const name = config.name ?? plain(config.image ?? path.basename(loaded.directory));
  const service = environment === undefined ? name : `${name}-${environment}`;
  if (/^[a-z][a-z0-9-]*$/.test(service) && service.length <= longest) return { service, name, from };
  const { where } = loaded.origin(from === 'directory' ? 'deploy' : from);
  throw new ToolError(
    'CONFIG_INVALID',
    service.length > longest
      ? `the service would be called ${service}, which is longer than ${longest} letters`
      : `the service has no name: ${JSON.stringify(name)} is none`,
    { ...(where && { where }), hint: 'Write name: api, of lower-case letters, digits and -.' },
  );
}

/** `registry.example.com/team/My_api:1.2` as `my-api`. */
function plain(image: string): string {
  const last = image.replace(/@.*$/, '').split('/').at(-1) ?? '';
  return last
    .replace(/:.*$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '');
}
