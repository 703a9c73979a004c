import path from 'node:path';
import type { TlsConfig } from '../../config/deploy.ts';
import type { ProxyTls } from '../../proxy/types.ts';
import type { HealthSettings, ProxySettings } from '../types.ts';
import type { Reader } from './reader.ts';

/** Undefined for `proxy: none`. @throws ToolError CONFIG_INVALID */
export function proxyOf(reader: Reader): ProxySettings | undefined {
  const { proxy } = reader.deploy;
  const { debian } = reader.loaded.config;
  if (proxy === 'none') return undefined;
  const ports = [proxy.httpPort, proxy.httpsPort, proxy.metricsPort];
  if (new Set(ports).size < ports.length)
    throw reader.fail(
      ['proxy'],
      `httpPort, httpsPort and metricsPort are ${ports.join(', ')}, and must differ`,
    );
  const tls = tlsOf(reader, proxy.tls);
  const domains = [...new Set(proxy.domains.map((domain) => domain.toLowerCase()))];
  if (tls.mode === 'acme') {
    const wild = domains.findIndex((domain) => domain.startsWith('*.'));
    if (domains.length === 0)
      throw reader.fail(['proxy', 'tls'], 'a certificate needs domains', 'Write domains: [api.example.com].');
    if (wild >= 0)
      throw reader.fail(
        ['proxy', 'domains', wild],
        'a certificate for *. cannot be had this way',
        'Name the domains, or give certificates as files.',
      );
  }
  return {
    service: {
      domains,
      paths: proxy.paths.length === 0 ? ['/'] : [...new Set(proxy.paths)],
      tls,
      retry: proxy.retry,
      timeout: reader.time(['proxy', 'timeout'], proxy.timeout),
    },
    ...(proxy.image !== undefined && { image: proxy.image }),
    ...(debian && { debian }),
    httpPort: proxy.httpPort,
    httpsPort: proxy.httpsPort,
    metricsPort: proxy.metricsPort,
    tls,
  };
}

function tlsOf(reader: Reader, tls: 'off' | TlsConfig): ProxyTls {
  if (tls === 'off') return { mode: 'off' };
  const keys = ['proxy', 'tls'];
  const at = (name: string): string => path.resolve(reader.loaded.directory, name);
  const { certificate, key, email, directory, ca } = tls;
  const files = certificate !== undefined || key !== undefined;
  const acme = email !== undefined || directory !== undefined || ca !== undefined;
  const either = 'Give certificate and key, or email; in an environment, null takes away what is below.';
  if (files && acme) throw reader.fail(keys, 'certificates are of files or by ACME, not both', either);
  if (certificate !== undefined && key !== undefined)
    return { mode: 'files', certificate: at(certificate), key: at(key) };
  if (files) throw reader.fail(keys, `it has a ${key === undefined ? 'certificate' : 'key'} alone`, either);
  if (email === undefined) throw reader.fail(keys, 'ACME needs an email', either);
  return {
    mode: 'acme',
    email,
    ...(directory !== undefined && { directory }),
    ...(ca !== undefined && { ca: at(ca) }),
  };
}

/** Statuses that are well: those of a path that was chosen for it, or any answer that is no server's error. */
export const wellAtPath = '200-399';
export const wellAnywhere = '200-499';

/** @throws ToolError CONFIG_INVALID */
export function healthOf(reader: Reader, port: number): HealthSettings {
  const { health } = reader.deploy;
  // Without a port to ask, the other figures say how long it must stay up.
  const said = health === 'none' ? noPath : health;
  const time = (key: 'interval' | 'deadline' | 'startPeriod' | 'settle'): number =>
    reader.time(['health', key], said[key]);
  const status = said.status ?? (said.path === undefined ? wellAnywhere : wellAtPath);
  if (!isStatus(status)) {
    throw reader.fail(
      ['health', 'status'],
      `${JSON.stringify(status)} is no status`,
      'Write it as 200, or 200-399.',
    );
  }
  const all = {
    path: health === 'none' ? undefined : (said.path ?? '/'),
    port: said.port ?? port,
    status,
    interval: time('interval'),
    deadline: time('deadline'),
    startPeriod: time('startPeriod'),
    settle: time('settle'),
  };
  if (all.interval < 100) throw reader.fail(['health', 'interval'], 'less than 100ms between two checks');
  if (all.deadline < all.interval)
    throw reader.fail(
      ['health', 'deadline'],
      'it is over before the second check',
      'Make it longer than interval.',
    );
  if (all.deadline < all.startPeriod)
    throw reader.fail(
      ['health', 'deadline'],
      'it is over before startPeriod is',
      'Make it longer than startPeriod.',
    );
  return all;
}

const noPath = {
  path: undefined,
  port: undefined,
  status: undefined,
  interval: '1s',
  deadline: '30s',
  startPeriod: '0s',
  settle: '5s',
};

function isStatus(text: string): boolean {
  const form = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text);
  return form !== null && Number(form[1]) <= Number(form[2] ?? form[1]);
}
