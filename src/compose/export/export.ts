import { deployOf, type DeployConfig } from '../../config/deploy.ts';
import type { LoadedEnvironment } from '../../config/environment.ts';
import { finalConfig, sources } from '../../config/final.ts';
import type {
  Accessory,
  ContainerSettings,
  DeploySettings,
  Job,
  PublishedPort,
  Secret,
} from '../../deploy/types.ts';
import { extension, type Exported, type Note } from '../types.ts';
import { withoutEmpty } from '../import/main-service.ts';

type Plain = Record<string, unknown>;

/** Keys of `deploy:` that a compose file has in words of its own; the others are kept as an extension. */
const said: ReadonlySet<string> = new Set([
  ...[
    'resources',
    'env',
    'secrets',
    'volumes',
    'ports',
    'readOnly',
    'tmpfs',
    'capabilities',
    'noNewPrivileges',
  ],
  ...['logging', 'restart', 'user', 'command', 'stopSignal', 'stopGrace', 'accessories', 'network'],
]);

/**
 * A compose file (Compose specification) that runs the same containers on one machine: service, accessories, and jobs before it. What compose has no
 * words for is listed, and kept below an extension key, so that `compose import` gives the same coracle.yaml again.
 */
export function exportCompose(loaded: LoadedEnvironment, settings: DeploySettings): Exported {
  const { config } = loaded;
  const name = config.name ?? settings.service.replace(new RegExp(`-${settings.environment ?? ''}$`), '');
  const image = config.image ?? name;
  const { before } = settings.jobs;
  const jobs = before.filter(({ on }) => on === undefined);
  const service = withoutEmpty({
    image: dollars(image),
    ...containerOf(settings),
    ports: portsOf(settings),
    depends_on: withoutEmpty({
      ...Object.fromEntries(
        settings.accessories.map((each) => [each.name, { condition: 'service_started' }]),
      ),
      ...Object.fromEntries(jobs.map((each) => [each.name, { condition: 'service_completed_successfully' }])),
    }),
  });
  return {
    compose: withoutEmpty({
      services: {
        [name]: service,
        ...Object.fromEntries(jobs.map((job) => [job.name, jobOf(job, settings, image)])),
        ...Object.fromEntries(settings.accessories.map((each) => [each.name, accessoryOf(each)])),
      },
      volumes: volumesOf(settings),
      [extension]: { service: name, ...keptOf(loaded, settings) },
    }),
    notes: notesOf(settings, name, jobs),
  };
}

function containerOf({ container }: DeploySettings): Plain {
  return {
    ...environmentOf(container.env, container.secrets),
    ...limitsOf(container),
    pids_limit: container.pids,
    network_mode: container.network === 'host' ? 'host' : undefined,
    volumes: mountsOf(container.volumes),
    read_only: container.readOnly,
    tmpfs: container.readOnly ? container.tmpfs : undefined,
    cap_drop: container.dropCapabilities,
    cap_add: container.addCapabilities,
    security_opt: container.noNewPrivileges ? ['no-new-privileges:true'] : undefined,
    logging: {
      driver: 'json-file',
      options: { 'max-size': String(container.log.size), 'max-file': String(container.log.files) },
    },
    restart: container.restart,
    user: container.user,
    command: container.command?.map(dollars),
    stop_signal: container.stopSignal,
    stop_grace_period: `${container.grace / 1000}s`,
  };
}

function jobOf(job: Job, { container }: DeploySettings, image: string): Plain {
  return withoutEmpty({
    image: dollars(job.image ?? image),
    command: job.command.map(dollars),
    ...environmentOf(container.env, container.secrets),
    volumes: mountsOf(container.volumes),
    network_mode: container.network === 'host' ? 'host' : undefined,
    restart: 'no',
  });
}

function accessoryOf(accessory: Accessory): Plain {
  return withoutEmpty({
    image: accessory.image,
    ...environmentOf(accessory.env, accessory.secrets),
    ...limitsOf(accessory),
    volumes: mountsOf(accessory.volumes),
    ports: accessory.ports.map(portText),
    command: accessory.command?.map(dollars),
    restart: 'unless-stopped',
  });
}

/** A secret is a variable of whoever runs compose, which refuses to start without it. */
function environmentOf(env: Readonly<Record<string, string>>, secrets: readonly Secret[]): Plain {
  const variables = secrets.map(({ name, from }) => [
    name,
    `\${${'env' in from ? from.env : name}:?is not set}`,
  ]);
  return {
    environment: {
      ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, dollars(value)])),
      ...Object.fromEntries(variables),
    },
  };
}

function limitsOf({ cpus, memory }: { readonly cpus?: number; readonly memory?: number }): Plain {
  return { cpus, mem_limit: memory === undefined ? undefined : String(memory) };
}

function mountsOf(volumes: ContainerSettings['volumes']): readonly string[] {
  return volumes.map(({ source, target, readOnly }) =>
    dollars(`${source}:${target}${readOnly ? ':ro' : ''}`),
  );
}

/** Without the proxy of a host, the service's own port takes the place of it. */
function portsOf({ proxy, container, health }: DeploySettings): readonly string[] {
  if (container.network === 'host') return [];
  const own: PublishedPort[] =
    health.path === undefined && !proxy
      ? []
      : [
          {
            host: proxy?.httpPort ?? container.port,
            container: container.port,
            protocol: 'tcp',
            public: proxy !== undefined,
          },
        ];
  return [...own, ...container.ports].map(portText);
}

function portText({ host, container, protocol, public: open }: PublishedPort): string {
  return `${open ? '' : '127.0.0.1:'}${host}:${container}${protocol === 'udp' ? '/udp' : ''}`;
}

function volumesOf({ container, accessories }: DeploySettings): Plain {
  const names = [container, ...accessories]
    .flatMap(({ volumes }) => volumes)
    .map(({ source }) => source)
    .filter((source) => !source.startsWith('/'));
  return Object.fromEntries(names.map((name) => [name, {}]));
}

/** What compose has no words for, as coracle.yaml says it. */
function keptOf(loaded: LoadedEnvironment, { container }: DeploySettings): object {
  const { deploy: _, ...config } = finalConfig(loaded);
  const written = loaded.config.deploy ?? {};
  const deploy: Plain = Object.fromEntries(Object.entries(written).filter(([key]) => !said.has(key)));
  const own = deployOf(loaded.config);
  // What is published tells only half of these.
  Object.assign(deploy, { proxy: {}, health: {}, ...deploy, port: container.port });
  if (own?.health === 'none' && own.proxy === 'none') deploy['ports'] = written['ports'];
  // Secrets of files and commands are told in full here; compose takes all from its environment.
  if (own && hidden(own)) deploy['secrets'] = written['secrets'];
  if (Object.values(own?.accessories ?? {}).some((each) => each.on !== undefined || hidden(each)))
    deploy['accessories'] = written['accessories'];
  return doubled(withoutEmpty({ config, deploy }));
}

function hidden({ secrets }: Pick<DeployConfig, 'secrets'>): boolean {
  return secrets !== undefined && Object.values(sources(secrets)).some(({ env }) => env === undefined);
}

/** With every dollar written twice, as compose would fill in variables here too. */
function doubled(value: Plain): Plain {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, doubledEach(each)]));
}

function doubledEach(value: unknown): unknown {
  if (typeof value === 'string') return dollars(value);
  if (Array.isArray(value)) return value.map(doubledEach);
  return typeof value === 'object' && value !== null ? doubled({ ...value }) : value;
}

function dollars(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function notesOf(settings: DeploySettings, name: string, jobs: readonly Job[]): readonly Note[] {
  const notes: Note[] = [];
  const note = (kind: Note['kind'], key: string, why: string): void => {
    notes.push({ kind, line: undefined, key, why });
  };
  const { proxy, health, container } = settings;
  note('left out', 'deploy.hosts', 'compose runs on the machine that it is called on');
  if (proxy) {
    note(
      'differs',
      'deploy.proxy',
      `without the proxy, port ${proxy.httpPort} is the program's own: no TLS, no domains, and requests fail while it is replaced`,
    );
  }
  if (health.path !== undefined)
    note(
      'left out',
      'deploy.health',
      `compose asks inside the container, where nothing may be to ask ${health.path} with`,
    );
  if (container.network === 'host')
    note(
      'differs',
      'deploy.network',
      `with the host's network the program listens on ${container.port} itself`,
    );
  for (const secret of [container, ...settings.accessories].flatMap((each) => each.secrets)) {
    if (!('env' in secret.from))
      note(
        'to do',
        `deploy.secrets.${secret.name}`,
        `have it in your environment: ${secret.name}="$(${'file' in secret.from ? `cat ${secret.from.file}` : '…'})"`,
      );
  }
  const others = [...settings.jobs.before, ...settings.jobs.after].filter((job) => !jobs.includes(job));
  if (others.length > 0)
    note(
      'left out',
      'deploy.jobs',
      `${others.map((job) => job.name).join(', ')}: run after the service, or on a chosen host`,
    );
  for (const { name: accessory, on } of settings.accessories)
    if (on !== undefined) note('differs', `deploy.accessories.${accessory}.on`, 'it runs beside the service');
  note(
    'left out',
    'deploy.strategy',
    `compose stops ${name} and starts it anew; it judges nothing and cannot go back`,
  );
  return notes;
}
