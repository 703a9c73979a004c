import type { JobConfig } from '../../config/deploy.ts';
import { isToolError } from '../../core/errors.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Host } from '../../remote/types.ts';
import type { Accessory, DeploySettings, Job } from '../types.ts';
import { checkNames, limitsOf } from './container.ts';
import { checkPlace } from './hosts.ts';
import { portsOf } from './ports.ts';
import type { Keys, Reader } from './reader.ts';
import { secretsOf } from './secrets.ts';
import { volumesOf } from './volumes.ts';

/** @throws ToolError CONFIG_INVALID */
export function jobsOf(reader: Reader, hosts: readonly Host[]): DeploySettings['jobs'] {
  const { before = [], after = [] } = reader.deploy.jobs ?? {};
  const seen = new Set<string>();
  const read = (when: 'before' | 'after', jobs: readonly JobConfig[]): Job[] =>
    jobs.map((job, index) => {
      const keys = ['jobs', when, index];
      checkPlace(reader, hosts, [...keys, 'on'], job.on);
      if (seen.has(job.name)) throw reader.fail(keys, `two jobs are called ${job.name}`);
      seen.add(job.name);
      return {
        name: job.name,
        command: reader.command([...keys, 'command'], job.command),
        ...(job.on !== undefined && { on: job.on }),
        timeout: reader.time([...keys, 'timeout'], job.timeout),
        ...(job.image !== undefined && { image: imageOf(reader, [...keys, 'image'], job.image) }),
      };
    });
  return { before: read('before', before), after: read('after', after) };
}

/** @throws ToolError CONFIG_INVALID */
export function accessoriesOf(reader: Reader, hosts: readonly Host[]): readonly Accessory[] {
  return Object.entries(reader.deploy.accessories ?? {}).map(([name, said]) => {
    const keys = ['accessories', name];
    const { env = {} } = said;
    checkNames(reader, [...keys, 'env'], env);
    checkPlace(reader, hosts, [...keys, 'on'], said.on);
    if (name === 'proxy' || /^\d/.test(name)) throw reader.fail(keys, `${name} is a name of Coracle's own`);
    return {
      name,
      image: pinned(reader, [...keys, 'image'], said.image),
      ...(said.on !== undefined && { on: said.on }),
      ports: portsOf(reader, [...keys, 'ports'], said.ports),
      env,
      secrets: secretsOf(reader, [...keys, 'secrets'], said.secrets, env),
      volumes: volumesOf(reader, [...keys, 'volumes'], said.volumes),
      ...(said.command !== undefined && { command: reader.command([...keys, 'command'], said.command) }),
      ...limitsOf(reader, keys, said),
    };
  });
}

function pinned(reader: Reader, keys: Keys, image: string): string {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return imageOf(reader, keys, image);
  const name = image.replace(/@.*$/, '');
  throw reader.fail(
    keys,
    `${JSON.stringify(image)} has no digest, so each host could get another image`,
    `coracle inspect --json ${name} says it; write image: ${name}@sha256:….`,
  );
}

function imageOf(reader: Reader, keys: Keys, image: string): string {
  try {
    parseReference(image);
    return image;
  } catch (error) {
    if (!isToolError(error)) throw error;
    throw reader.fail(keys, error.message, error.hint);
  }
}
