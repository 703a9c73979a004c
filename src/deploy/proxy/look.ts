import { ToolError } from '../../core/errors.ts';

/** What a host says of its proxy: `op_proxy_look` of host-proxy-setup.sh. */
export interface HostProxy {
  readonly user: { readonly uid: number; readonly gid: number };
  readonly ipv6: boolean;
  /** The lowest port that an ordinary user may listen on. */
  readonly unprivileged: number;
  readonly container: { readonly state: string; readonly image: string } | undefined;
  /** Files were changed that the proxy has perhaps not read. */
  readonly unfinished: boolean;
  /** As shared.ts writes it. */
  readonly settings: string | undefined;
  /** SHA-256 in hex of 00-base.cfg. */
  readonly base: string | undefined;
  readonly services: ReadonlyMap<string, KnownService>;
  /** Of all files; a change is made only to what was seen. */
  readonly seen: string;
}

export interface KnownService {
  /** SHA-256 in hex of NAME.cfg.in. */
  readonly template: string;
  /** Of its certificate and key. */
  readonly certificate: string | undefined;
  /** Lines: `tls MODE`, `route KEY NAME`, `domain NAME`, `wildcard .NAME`. */
  readonly has: readonly string[];
}

/** @throws ToolError PROXY_FAILED when the host says something else */
export function parseLook(host: string, text: string): HostProxy {
  const lines = text.split('\n').filter((line) => line !== '');
  const one = (key: string): string | undefined =>
    lines.find((line) => line === key || line.startsWith(`${key} `))?.slice(key.length + 1);
  const all = (key: string): string[] =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  const [, uid, gid] = /^(\d{1,10}) (\d{1,10})$/.exec(one('user') ?? '') ?? [];
  const seen = one('seen');
  if (uid === undefined || seen === undefined) {
    throw new ToolError('PROXY_FAILED', `${host} does not say what its proxy is`, {
      detail: text.slice(0, 1000),
    });
  }
  const [state, image = ''] = (one('container') ?? '').split(' ');
  const certificates = new Map(all('certificate').map((line) => pair(line)));
  const services = all('service').map((line) => {
    const [name, template] = pair(line);
    const has = all(`has ${name}`);
    return [name, { template, certificate: certificates.get(name), has }] as const;
  });
  return {
    user: { uid: Number(uid), gid: Number(gid) },
    ipv6: one('ipv6') !== undefined,
    unprivileged: Number(one('unprivileged') ?? 1024),
    container: state === undefined || state === '' ? undefined : { state, image },
    unfinished: one('unfinished') !== undefined,
    settings: one('settings'),
    base: one('base'),
    services: new Map(services),
    seen,
  };
}

function pair(line: string): [string, string] {
  const [name = '', value = ''] = line.split(' ');
  return [name, value];
}
