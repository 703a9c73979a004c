import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  baseConfig,
  emptyService,
  serviceDomains,
  serviceRoutes,
  serviceTemplate,
} from '../../src/proxy/config.ts';
import type { ProxyBase } from '../../src/proxy/config.ts';
import { openProxySocket } from '../../src/proxy/socket.ts';
import type { ProxyService, ProxySocket } from '../../src/proxy/types.ts';
import { start } from '../../src/core/exec.ts';
import { removeTree } from '../../src/core/temp.ts';
import { freePort } from '../components/free-port.ts';
import { findProgram, installed, tryCall } from '../components/program.ts';

export const hasHaproxy = installed('haproxy');

export interface LocalProxy {
  readonly directory: string;
  readonly base: ProxyBase;
  readonly socketPath: string;
  readonly socket: ProxySocket;
  /** Starts the worker anew, as a reload does, after `write` has changed files. */
  reload(): Promise<void>;
  /** Writes down what is in memory, as is done before a reload. */
  saveState(): Promise<void>;
  stop(): Promise<void>;
}

export const plainService: ProxyService = {
  ...{ name: 'shop', domains: [], paths: ['/'], tls: { mode: 'off' } },
  health: { path: '/', status: '200-399', interval: 1000 },
  ...{ retry: ['GET', 'HEAD', 'OPTIONS'], timeout: 60_000 },
};

/** HAProxy of this machine with our configuration, on free ports, in a directory laid out as on a host. */
export async function startProxy(
  services: readonly ProxyService[],
  changes: Partial<ProxyBase> = {},
): Promise<LocalProxy> {
  const directory = await mkdtemp(path.join(tmpdir(), 'coracle-proxy-'));
  const base: ProxyBase = {
    root: directory,
    httpPort: await freePort(),
    httpsPort: await freePort(),
    metricsPort: await freePort(),
    acmePort: await freePort(),
    ...{ ipv6: false, worker: undefined, tls: 'off' },
    socket: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    ...changes,
  };
  await writeProxy(directory, base, services);
  const lines: string[] = [];
  const haproxy = findProgram('haproxy') ?? 'haproxy';
  const child = start({
    argv: [haproxy, '-W', '-db', '-f', path.join(directory, 'haproxy.d')],
    env: { PATH: process.env['PATH'] },
    streams: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  child.pipes[2]?.on('data', (text: Buffer) => lines.push(text.toString()));
  const socketPath = path.join(directory, 'run/haproxy.sock');
  const workers = async (): Promise<ProxySocket> => {
    for (let left = 100; ; left--) {
      try {
        return await openProxySocket(socketPath);
      } catch (error) {
        if (left === 0) throw new Error(`haproxy does not start: ${lines.join('')}`, { cause: error });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const socket = await workers();
  return {
    ...{ directory, base, socketPath, socket },
    async reload() {
      const pid = async (): Promise<string> =>
        /^Pid: (\d+)$/m.exec(await socket.command('show info').catch(() => ''))?.[1] ?? '';
      const before = await pid();
      child.kill('SIGUSR2');
      for (let left = 200; [before, ''].includes(await pid()); left--) {
        if (left === 0) throw new Error(`haproxy does not reload: ${lines.join('')}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async saveState() {
      await writeFile(path.join(directory, 'run/servers'), await socket.command('show servers state'));
    },
    async stop() {
      child.kill('SIGTERM');
      await child.exited;
      await removeTree(directory);
    },
  };
}

/** Writes the files of a proxy; every service's slots are empty. */
export async function writeProxy(
  directory: string,
  base: ProxyBase,
  services: readonly ProxyService[],
): Promise<void> {
  for (const name of ['haproxy.d', 'maps', 'certificates', 'run'])
    await mkdir(path.join(directory, name), { recursive: true });
  await writeFile(path.join(directory, 'haproxy.d/00-base.cfg'), baseConfig(base));
  for (const service of services) {
    const text = emptyService(serviceTemplate(service, base));
    await writeFile(path.join(directory, `haproxy.d/${service.name}.cfg`), text);
  }
  const lines = (of: (service: ProxyService) => readonly string[]): string =>
    services
      .flatMap(of)
      .map((line) => `${line}\n`)
      .join('');
  await writeFile(path.join(directory, 'maps/routes.map'), lines(serviceRoutes));
  await writeFile(
    path.join(directory, 'maps/domains.map'),
    lines((one) => serviceDomains(one).exact),
  );
  await writeFile(
    path.join(directory, 'maps/wildcards.map'),
    lines((one) => serviceDomains(one).wild),
  );
  await writeFile(path.join(directory, 'run/servers'), '1\n');
  await writeFile(path.join(directory, 'certificates/list'), '', { flag: 'a' });
}

/** What `haproxy -c` says of a directory's configuration; empty when it takes it without a warning. */
export async function checkProxy(directory: string): Promise<string> {
  const haproxy = findProgram('haproxy') ?? 'haproxy';
  const exit = await tryCall([haproxy, '-c', '-f', path.join(directory, 'haproxy.d')]);
  const said = exit.stderr.split('\n').filter((line) => /ALERT|WARNING/.test(line));
  return exit.code === 0 ? said.join('\n') : `exit ${exit.code}\n${said.join('\n')}`;
}
