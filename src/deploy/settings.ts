import { deployOf, type DeployConfig } from '../config/deploy.ts';
import type { LoadedEnvironment } from '../config/environment.ts';
import { ageLimit } from '../config/values.ts';
import { ToolError } from '../core/errors.ts';
import { accessoriesOf, jobsOf } from './settings/beside.ts';
import { checkPorts } from './settings/checks.ts';
import { containerOf } from './settings/container.ts';
import { hostsOf } from './settings/hosts.ts';
import { judgeOf, strategyOf } from './settings/judge.ts';
import { serviceName } from './settings/name.ts';
import { portOf } from './settings/port.ts';
import { readerOf, type Reader } from './settings/reader.ts';
import { healthOf, proxyOf } from './settings/traffic.ts';
import type { DeploySettings } from './types.ts';

/** Least time in which a deployer can be missed: less, and a slow moment of the network would undo a good release. */
const leastConfirm = 10_000;

/**
 * What `deploy:` comes to: parsed, checked against itself, and with what follows from the rest of the file filled in. The one place where that
 * happens; whoever gets settings can trust them.
 * @throws ToolError CONFIG_INVALID at the line that is wrong
 */
export function deploySettings(loaded: LoadedEnvironment): DeploySettings {
  const deploy = deployOf(loaded.config);
  if (deploy === undefined) throw nothingSaid(loaded);
  const { service } = serviceName(loaded);
  const reader = readerOf(loaded, deploy, service);
  const hosts = hostsOf(reader);
  const { port, from } = portOf(reader);
  const strategy = strategyOf(reader, hosts.length);
  const settings: DeploySettings = {
    service,
    environment: loaded.environment,
    hosts,
    proxy: proxyOf(reader),
    container: { ...containerOf(reader, port), ...(from === 'default' && { portAssumed: true }) },
    health: healthOf(reader, port),
    strategy,
    judge: judgeOf(reader, strategy),
    confirm: confirmOf(reader, deploy),
    drain: reader.time(['drain'], deploy.drain),
    keep: keepOf(reader, deploy),
    jobs: jobsOf(reader, hosts),
    accessories: accessoriesOf(reader, hosts),
    images: deploy.images,
    parallel: deploy.parallel,
  };
  checkPorts(reader, settings);
  return settings;
}

function confirmOf(reader: Reader, deploy: DeployConfig): number {
  const confirm = reader.time(['confirm'], deploy.confirm);
  if (confirm >= leastConfirm) return confirm;
  throw reader.fail(['confirm'], 'less than 10s would undo a release for a slow moment of the network');
}

function keepOf(reader: Reader, { keep }: DeployConfig): DeploySettings['keep'] {
  const { releases, age, space } = keep;
  const from = reader.loaded.origin('deploy', 'keep', 'age');
  return {
    releases,
    ...(age !== undefined && { age: ageLimit(age, from) }),
    ...(space !== undefined && { bytes: reader.bytes(['keep', 'space'], space) }),
  };
}

function nothingSaid(loaded: LoadedEnvironment): ToolError {
  return new ToolError('CONFIG_INVALID', `${loaded.shown} does not say where to deploy to`, {
    where: { file: loaded.shown, line: 1 },
    hint: 'Write deploy: {hosts: [web1.example.com], proxy: {domains: [api.example.com]}}.',
  });
}
