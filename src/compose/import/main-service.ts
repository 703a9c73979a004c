import type { Node } from 'yaml';
import type { PortConfig } from '../../config/deploy.ts';
import type { Draft } from './draft.ts';
import { at, type Scope } from './scope.ts';

type Plain = Record<string, unknown>;

/** `deploy:` of the service that becomes ours. */
export function mainDeploy(scope: Scope, draft: Draft, node: Node | undefined): Plain {
  const where = (key: string): Node | undefined => at(scope, node, key);
  const served = servedPort(draft);
  const rest = draft.ports.filter((port) => port !== served);
  const port = served?.container ?? draft.exposed[0];
  return withoutEmpty(
    {
      hosts: [],
      proxy: port === undefined ? 'none' : proxyOf(scope, draft, served, where('ports')),
      port,
      health: port === undefined ? 'none' : healthOf(draft, port),
      network: draft.network === 'host' ? 'host' : undefined,
      ports: draft.network === 'host' ? [] : rest.map(portText),
      resources: withoutEmpty({ cpus: draft.cpus, memory: draft.memory, pids: draft.pids }),
      env: draft.env,
      secrets: draft.secrets,
      volumes: draft.volumes,
      readOnly: draft.readOnly ? undefined : false,
      tmpfs: tmpfsOf(draft),
      capabilities: capabilitiesOf(draft),
      noNewPrivileges: draft.noNewPrivileges ? undefined : false,
      logging: draft.logging,
      restart: draft.restart === 'unless-stopped' ? undefined : draft.restart,
      user: draft.user,
      command: draft.command,
      stopSignal: draft.stopSignal,
      stopGrace: draft.stopGrace === undefined ? undefined : durationOf(draft.stopGrace),
    },
    ['hosts', 'tmpfs'],
  );
}

/** The port that clients come to: the first of TCP that all can reach, else the first of TCP. */
function servedPort({ ports }: Draft): PortConfig | undefined {
  const tcp = ports.filter(({ protocol }) => protocol === 'tcp');
  return tcp.find((port) => port.public) ?? tcp[0];
}

function proxyOf(scope: Scope, draft: Draft, served: PortConfig | undefined, node: Node | undefined): Plain {
  const key = `services.${draft.name}.ports`;
  const host = served?.host ?? 80;
  const domains = [...draft.domains, ...(draft.env['VIRTUAL_HOST']?.split(',') ?? [])].map((domain) =>
    domain.trim(),
  );
  if (host === 443)
    scope.note(
      'to do',
      node,
      key,
      'port 443 was the program’s: say below deploy.proxy.tls where certificates come from',
    );
  else if (served && domains.length === 0)
    scope.note('differs', node, key, `the proxy has port ${host}, and passes requests on to the releases`);
  return withoutEmpty({
    domains: [...new Set(domains)],
    httpPort: host === 80 || host === 443 || served?.public === false ? undefined : host,
  });
}

function healthOf(draft: Draft, port: number): Plain | undefined {
  if (!draft.health) return undefined;
  const { port: asked, ...rest } = draft.health;
  return asked === undefined || asked === port ? rest : { ...rest, port: asked };
}

/** A root that is read only has what compose gives it and no more. */
function tmpfsOf({ readOnly, tmpfs }: Draft): readonly string[] | undefined {
  const usual = tmpfs.length === 1 && tmpfs[0] === '/tmp';
  return usual || (!readOnly && tmpfs.length === 0) ? undefined : tmpfs;
}

function capabilitiesOf({ capDrop, capAdd }: Draft): Plain | undefined {
  const plain = (name: string): string => name.replace(/^CAP_/, '');
  const drop = capDrop.map(plain);
  const all = drop.length === 1 && drop[0] === 'ALL';
  return withoutEmpty({ drop: all ? undefined : drop, add: capAdd.map(plain) }, all ? [] : ['drop']);
}

/** `9090`, `9091:9090/udp`, `0.0.0.0:9091:9090` */
export function portText({ host, container, protocol, public: open }: PortConfig): string {
  const both = host === container && !open ? String(container) : `${host}:${container}`;
  return `${open ? '0.0.0.0:' : ''}${both}${protocol === 'udp' ? '/udp' : ''}`;
}

/** Seconds may be written as a number alone. */
function durationOf(text: string): string {
  return /^\d+(\.\d+)?$/.test(text) ? `${text}s` : text;
}

/** Without what is undefined or empty, but for these keys. */
export function withoutEmpty(value: Plain, kept: readonly string[] = []): Plain {
  return Object.fromEntries(
    Object.entries(value).filter(([key, each]) => {
      if (each === undefined) return false;
      return kept.includes(key) || typeof each !== 'object' || each === null || Object.keys(each).length > 0;
    }),
  );
}
