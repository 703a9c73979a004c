/**
 * proxy/ is HAProxy as releases use it; this file is its configuration: one file for all (`00-base.cfg`), one for each service (`NAME.cfg`), and the lines
 * of the maps that say which service a request is for. Text only: nothing here touches a host.
 *
 * On a host, below PROXY = <directory>/proxy, which the container sees as /proxy:
 *
 *   haproxy.d/00-base.cfg    frontends, limits, the log in memory. All files that it names are found from the parent of haproxy.d, so that a copy
 *                            of PROXY can be checked before it is used.
 *   haproxy.d/NAME.cfg       the backend of a service. It always says the confirmed release: what a restarted proxy begins with.
 *   templates/NAME.cfg.in    the same with marks in place of what a release changes; NAME.cfg is made from it by a script on the host:
 *
 *                              sed -e 's/@A_PORT@/31001/;s/@A_STATE@//' -e 's/@B_PORT@/1/;s/@B_STATE@/disabled/' NAME.cfg.in > temporary
 *
 *                            then fsync and rename. An empty slot is port 1, state `disabled`; the one that serves has an empty state. There is
 *                            no mark for weights: both are 100 in the file, as HAProxy forgets a weight that was set in memory when it reads
 *                            another one in the file at a reload.
 *   maps/domains.map         each domain that some service has: `DOMAIN DOMAIN`
 *   maps/wildcards.map       each `*.DOMAIN` that some service has: `.DOMAIN *.DOMAIN`, the longest first, as the first match wins
 *   maps/routes.map          `DOMAIN/PATH/ NAME`, with `*` for every domain that is in no other line; the longest match wins
 *   certificates/…           see certificates.ts
 *   run/haproxy.sock         the runtime socket
 */
import { ToolError } from '../core/errors.ts';
import { challenges, checkService, fullWeight, noService, slotNames } from './names.ts';
import { checkPath, domainOf, healthStatus, healthUri, port, retryMethods, whole } from './words.ts';
import type { ProxyService } from './types.ts';

/** The ring of finished requests. */
export const ringName = 'requests';
/** A line of it: see requests.ts. `%Ta` does not count the time a connection was idle before the request. */
const requestFormat = 'request %b %s %ST %Ta %Tr %ts';

/** What all services behind the proxy of one host share. */
export interface ProxyBase {
  /** Where the proxy sees its directory: `/proxy` in its container. */
  readonly root: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** On loopback. */
  readonly metricsPort: number;
  /** On loopback: who answers the challenges of ACME. */
  readonly acmePort: number;
  /** Whether the host has IPv6. */
  readonly ipv6: boolean;
  /** Who may use the runtime socket, as the proxy's user namespace numbers them. */
  readonly socket: { readonly uid: number; readonly gid: number };
  /** What the worker becomes once it has its ports; undefined when it cannot change its user. */
  readonly worker: { readonly uid: number; readonly gid: number } | undefined;
  /** `off`: nobody has TLS. `strict`: a name that no certificate is for is refused. `default`: it gets the first certificate of the list. */
  readonly tls: 'off' | 'strict' | 'default';
}

/**
 * The text of 00-base.cfg. HAProxy 2.6 and newer.
 * @throws ToolError USAGE for what cannot stand in it
 */
export function baseConfig(base: ProxyBase): string {
  if (!/^\/[A-Za-z0-9._/-]*$/.test(base.root))
    throw new ToolError('USAGE', `the proxy's directory has a path that HAProxy cannot read`);
  return [
    '# Written by Coracle; the next deploy writes it again.',
    ...globalLines(base),
    ...ringLines,
    ...defaultLines,
    ...webLines(base),
    ...metricsLines(base),
    ...ownBackends(base),
    '',
  ].join('\n');
}

function globalLines({ root, socket, worker }: ProxyBase): string[] {
  const owner = `uid ${whole(socket.uid, 'uid')} gid ${whole(socket.gid, 'gid')}`;
  return [
    'global',
    '  default-path parent',
    `  stats socket ${root}/run/haproxy.sock mode 600 ${owner} level admin expose-fd listeners`,
    // Written before a reload and removed after it: what releases have changed in memory outlives a reload, but not a restart.
    `  server-state-file ${root}/run/servers`,
    ...(worker ? [`  uid ${whole(worker.uid, 'uid')}`, `  gid ${whole(worker.gid, 'gid')}`] : []),
    // Containers are often given a limit of a billion files, for each of which HAProxy would keep room.
    '  fd-hard-limit 65536',
    // Websockets keep the process before a reload alive, but not for ever.
    '  hard-stop-after 24h',
    '  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets',
    '',
  ];
}

const ringLines = [
  `ring ${ringName}`,
  '  format raw',
  '  maxlen 400',
  // Some ten thousand requests.
  '  size 1048576',
  '',
];

/** Milliseconds that a client's connection may wait for its next request; a reload is over for all that are idle after it. */
export const idleClient = 10_000;

const defaultLines = [
  'defaults',
  '  mode http',
  '  option dontlognull',
  '  option http-keep-alive',
  // A reload closes idle connections only with an answer, so that no request meets a closed one.
  '  option idle-close-on-response',
  '  load-server-state-from-file global',
  '  timeout connect 2s',
  '  timeout client 60s',
  '  timeout server 60s',
  '  timeout http-request 30s',
  `  timeout http-keep-alive ${idleClient}ms`,
  '  timeout client-fin 10s',
  '  timeout tunnel 1h',
  '',
];

function webLines(base: ProxyBase): string[] {
  const strict = base.tls === 'strict' ? ' strict-sni' : '';
  const secure = `ssl crt-list certificates/list alpn h2,http/1.1${strict}`;
  return [
    'frontend coracle.web',
    `  log ring@${ringName} format raw daemon`,
    `  log-format "${requestFormat}"`,
    `  bind ${address(base, base.httpPort)}`,
    ...(base.tls === 'off' ? [] : [`  bind ${address(base, base.httpsPort)} ${secure}`]),
    '  http-request set-var(txn.host) req.hdr(host),field(1,:),lower,rtrim(.)',
    '  http-request set-var(txn.domain) var(txn.host),map_end(maps/wildcards.map,*)',
    '  http-request set-var(txn.domain) var(txn.host) if { var(txn.host),map_str(maps/domains.map) -m found }',
    // A slash at the end of both, so that /api is for /api and /api/users, but not for /apis.
    '  http-request set-var(txn.path) path,concat(/)',
    '  http-request set-var(txn.service) var(txn.domain),concat(,txn.path),map_beg(maps/routes.map)',
    '  use_backend %[var(txn.service)] if { var(txn.service) -m found }',
    `  default_backend ${noService}`,
    '',
  ];
}

function address({ ipv6 }: ProxyBase, number: number): string {
  return ipv6 ? `:::${port(number)} v4v6` : `*:${port(number)}`;
}

function metricsLines(base: ProxyBase): string[] {
  return [
    'frontend coracle.metrics',
    `  bind 127.0.0.1:${port(base.metricsPort)}`,
    '  http-request use-service prometheus-exporter if { path /metrics }',
    `  default_backend ${noService}`,
    '',
  ];
}

function ownBackends(base: ProxyBase): string[] {
  return [
    `backend ${noService}`,
    '  http-request return status 404 content-type text/plain string "No service has this address.\\n"',
    '',
    `backend ${challenges}`,
    `  server lego 127.0.0.1:${port(base.acmePort)}`,
    '',
  ];
}

/**
 * The text of NAME.cfg.in: the backend of a service, with `@A_PORT@`, `@A_STATE@` and the same of `b`.
 * @throws ToolError USAGE for what cannot stand in it
 */
export function serviceTemplate(service: ProxyService, base: Pick<ProxyBase, 'httpsPort'>): string {
  const name = checkService(service.name);
  const host =
    service.domains.map((text) => domainOf(text)).find((domain) => !domain.startsWith('*')) ?? 'localhost';
  return [
    '# Written by Coracle; each release writes it again.',
    `backend ${name}`,
    ...(service.tls.mode === 'off' ? [] : redirectLines(base.httpsPort)),
    '  http-request set-header X-Forwarded-For %[src]',
    '  http-request set-header X-Forwarded-Proto http unless { ssl_fc }',
    '  http-request set-header X-Forwarded-Proto https if { ssl_fc }',
    '  http-request set-header X-Forwarded-Host %[req.hdr(host)]',
    '  http-request del-header Forwarded',
    ...retryLines(service.retry),
    `  timeout server ${whole(service.timeout, 'timeout')}ms`,
    ...checkLines(service.health, host),
    `  default-server check inter ${whole(service.health.interval, 'interval')}ms fall 3 rise 2 pool-purge-delay 1s`,
    ...slotNames.map((slot) => {
      const mark = slot.toUpperCase();
      return `  server ${slot} 127.0.0.1:@${mark}_PORT@ weight ${fullWeight} @${mark}_STATE@`;
    }),
    '',
  ].join('\n');
}

/** Without a path, that a connection can be made is all that is asked. */
function checkLines({ path, status }: ProxyService['health'], host: string): string[] {
  if (path === undefined) return [];
  return [
    '  option httpchk',
    `  http-check send meth GET uri '${healthUri(path)}' ver HTTP/1.1 hdr Host ${host}`,
    `  http-check expect status ${healthStatus(status)}`,
  ];
}

function redirectLines(httpsPort: number): string[] {
  const plain = 'unless { ssl_fc } or { path_beg /.well-known/acme-challenge/ }';
  if (httpsPort === 443) return [`  http-request redirect scheme https code 308 ${plain}`];
  const target = `https://%[req.hdr(host),field(1,:)]:${port(httpsPort)}%[pathq]`;
  return [`  http-request redirect location ${target} code 308 ${plain}`];
}

/**
 * A connection that was refused is tried again for every method: nothing was sent on it. A request that was sent and not answered is sent again only for
 * the methods that the service names.
 */
function retryLines(methods: readonly string[]): string[] {
  const common = ['  retries 3', '  option redispatch 1'];
  if (methods.length === 0) return [...common, '  retry-on conn-failure'];
  return [
    ...common,
    '  retry-on conn-failure empty-response',
    `  http-request disable-l7-retry unless { method ${retryMethods(methods).join(' ')} }`,
  ];
}

/** A template with no release in it: both slots empty. */
export function emptyService(template: string): string {
  return template.replaceAll(/@[AB]_PORT@/g, '1').replaceAll(/@[AB]_STATE@/g, 'disabled');
}

/**
 * The lines of a service in routes.map. Challenges of ACME of its domains go to who answers them.
 * @throws ToolError USAGE for domains and paths that are none
 */
export function serviceRoutes(service: ProxyService): readonly string[] {
  const name = checkService(service.name);
  const domains = service.domains.length === 0 ? ['*'] : service.domains.map((text) => domainOf(text));
  const paths = service.paths.length === 0 ? ['/'] : service.paths.map((text) => checkPath(text));
  return domains.flatMap((domain) => [
    ...paths.map((path) => `${domain}${path.endsWith('/') ? path : `${path}/`} ${name}`),
    ...(service.tls.mode === 'acme' ? [`${domain}/.well-known/acme-challenge/ ${challenges}`] : []),
  ]);
}

/** The lines of a service in domains.map and wildcards.map. */
export function serviceDomains(service: ProxyService): {
  readonly exact: readonly string[];
  readonly wild: readonly string[];
} {
  const domains = service.domains.map((text) => domainOf(text));
  return {
    exact: domains.filter((domain) => !domain.startsWith('*')).map((domain) => `${domain} ${domain}`),
    wild: domains.filter((domain) => domain.startsWith('*')).map((domain) => `${domain.slice(1)} ${domain}`),
  };
}
