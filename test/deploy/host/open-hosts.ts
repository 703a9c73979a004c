import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../../src/core/exec.ts';
import type { Event } from '../../../src/core/event.ts';
import { createFetch } from '../../../src/core/http.ts';
import { openAgent } from '../../../src/deploy/host/agent.ts';
import type { HostAgent, StartSpec } from '../../../src/deploy/host/types.ts';
import type { ContainerSettings, Release } from '../../../src/deploy/types.ts';
import { serviceTemplate, type ProxyBase } from '../../../src/proxy/config.ts';
import { connectHost } from '../../../src/remote/connect.ts';
import type { Remote } from '../../../src/remote/types.ts';
import { plainService, writeProxy } from '../../proxy/haproxy.ts';
import { startHosts, type HostSpec, type TestHost } from '../../components/hosts.ts';
import { call, findProgram } from '../../components/program.ts';

/** A host with an image to start releases from, reached by ssh. */
export interface OpenHost {
  readonly host: TestHost;
  readonly remote: Remote;
  readonly events: Event[];
  /** As the runtime knows it. It has busybox, and nothing else. */
  readonly image: string;
  agent(service: string): Promise<HostAgent>;
  agentOf(remote: Remote, service: string): Promise<HostAgent>;
  /** Another connection, as another deployer has. */
  connect(): Promise<Remote>;
  /** A shell script on the host, as the host's user. Its output; fails when it does. */
  sh(script: string): Promise<string>;
}

export interface OpenHosts {
  readonly hosts: readonly OpenHost[];
  stop(): Promise<void>;
}

/** Starts hosts and opens them. */
export async function openHosts(
  specs: readonly HostSpec[],
  options: { readonly disk?: string } = {},
): Promise<OpenHosts> {
  const started = await startHosts(specs, options);
  const home = await mkdtemp(path.join(tmpdir(), 'coracle-test-'));
  const remotes: Remote[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(remotes.map(async (remote) => remote.close().catch(() => undefined)));
    await started.stop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const rootfs = await busyboxImage(home);
    const hosts = await Promise.all(
      started.hosts.map(async (host): Promise<OpenHost> => {
        const events: Event[] = [];
        const { signal } = new AbortController();
        const env = { ...process.env };
        const ctx = {
          ...{ signal, env, cwd: home, home, now: () => new Date() },
          emit: (event: Event) => void events.push(event),
          exec: async (command: Parameters<typeof run>[0]) => run(command, signal),
          fetch: createFetch(env, signal),
        };
        const connect = async (): Promise<Remote> => {
          const where = { name: host.name, address: host.name, labels: {}, roles: [] };
          const remote = await connectHost(ctx, where, { configFile: started.configFile });
          remotes.push(remote);
          return remote;
        };
        const sh = async (script: string): Promise<string> => {
          const exit = await host.exec(['sh', '-c', script], { asUser: true });
          if (exit.code !== 0) throw new Error(`${script}: exit ${exit.code}\n${exit.stdout}${exit.stderr}`);
          return exit.stdout;
        };
        const remote = await connect();
        const image = await load(remote, host, rootfs);
        return {
          ...{ host, remote, events, image, connect, sh },
          agent: async (service) => openAgent(ctx, remote, service),
          agentOf: async (other, service) => openAgent(ctx, other, service),
        };
      }),
    );
    return { hosts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function nameOf({ engine, user = 'root', without = [] }: HostSpec): string {
  return [engine, user, ...without.map((program) => `no ${program}`)].join(', ');
}

/** A root file system of busybox alone, as a tar. */
async function busyboxImage(home: string): Promise<Uint8Array> {
  const root = path.join(home, 'root');
  for (const directory of ['bin', 'tmp']) await mkdir(path.join(root, directory), { recursive: true });
  await copyFile(findProgram('busybox') ?? '/bin/busybox', path.join(root, 'bin/busybox'));
  for (const applet of ['sh', 'httpd', 'env', 'sleep', 'mkdir', 'chmod'])
    await symlink('busybox', path.join(root, 'bin', applet));
  await chmod(path.join(root, 'tmp'), 0o1777);
  await call(['tar', '-C', root, '-cf', path.join(home, 'root.tar'), '.']);
  return readFile(path.join(home, 'root.tar'));
}

async function load(remote: Remote, host: TestHost, rootfs: Uint8Array): Promise<string> {
  const exit = await remote.run(`${host.engine} import - coracle-test:1`, { input: rootfs });
  if (exit.code !== 0) throw new Error(exit.stderr);
  return host.engine === 'podman' ? 'localhost/coracle-test:1' : 'coracle-test:1';
}

/** Says which release it is; `/cgi-bin/slow.sh` takes two seconds for that. As process 1 it ends at SIGTERM only as it says so. */
const programText = `trap "exit 0" TERM
echo "$RELEASE" >/tmp/index.html
mkdir /tmp/cgi-bin
echo 'sleep 2; printf "Content-Type: text/plain\\r\\n\\r\\nslow $RELEASE"' >/tmp/cgi-bin/slow.sh
echo '*.sh:/bin/sh' >/tmp/httpd.conf
chmod 755 /tmp/cgi-bin/slow.sh
/bin/httpd -f -p 8080 -h /tmp -c /tmp/httpd.conf &
wait`;

export const settings: ContainerSettings = {
  ...{ port: 8080, portVariable: 'PORT', network: 'bridge', ports: [], env: {}, secrets: [], volumes: [] },
  ...{ memory: 64 * 1024 * 1024, pids: 64, readOnly: true, tmpfs: ['/tmp'] },
  ...{ dropCapabilities: ['ALL'], addCapabilities: [], noNewPrivileges: true },
  ...{ log: { size: 1_000_000, files: 3 }, restart: 'unless-stopped', grace: 1000 },
  user: '1000:1000',
  command: ['/bin/sh', '-c', programText],
};

let releases = 0;

/** A new release, later than all before. */
export function newRelease(service: string): Release {
  const number = String(++releases).padStart(6, '0');
  return {
    id: `20261122-${number}-1a2b3c4`,
    ...{ service, image: `sha256:${'a'.repeat(64)}`, version: `v${releases}` },
    ...{ by: 'ana@laptop\'s "best"', at: 1_795_000_000_000 },
  };
}

export function newSpec(
  open: OpenHost,
  service: string,
  changes: Partial<ContainerSettings> = {},
  values: StartSpec['values'] = {},
): StartSpec {
  const release = newRelease(service);
  return {
    ...{ release, image: open.image, settings: { ...settings, ...changes } },
    values: { RELEASE: release.id, ...values },
  };
}

/** Starts and confirms a release. @returns it */
export async function confirmed(
  agent: HostAgent,
  spec: StartSpec,
): Promise<Awaited<ReturnType<HostAgent['start']>>> {
  const placed = await agent.start(spec);
  await agent.arm(placed, 60);
  await agent.prepare(placed.release.id);
  await agent.commit(placed.release.id);
  return placed;
}

/** The port of the proxy on hosts. */
export const proxyPort = 8000;

/** HAProxy on the host with one service, as the deployer's own container would run it. */
export async function startHostProxy(open: OpenHost, agent: HostAgent): Promise<void> {
  const root = `${agent.facts.directory}/proxy`;
  const id = Number(await open.sh('id -u'));
  const base: ProxyBase = {
    ...{ root, httpPort: proxyPort, httpsPort: 8443, metricsPort: 9101, acmePort: 9102 },
    ...{ ipv6: false, worker: undefined, tls: 'off', socket: { uid: id, gid: id } },
  };
  const service = { ...plainService, name: agent.service };
  const files = await mkdtemp(path.join(tmpdir(), 'coracle-test-'));
  await writeProxy(files, base, [service]);
  await mkdir(path.join(files, 'templates'));
  await writeFile(path.join(files, `templates/${agent.service}.cfg.in`), serviceTemplate(service, base));
  await call(['tar', '-C', files, '-cf', `${files}.tar`, '.']);
  const input = await readFile(`${files}.tar`);
  await rm(files, { recursive: true });
  await rm(`${files}.tar`);
  const exit = await open.remote.run(`mkdir -p "$root" && tar -C "$root" -xf -`, { values: { root }, input });
  if (exit.code !== 0) throw new Error(exit.stderr);
  await restartHostProxy(open, agent);
}

/** Its memory is lost, as after a crash. */
export async function restartHostProxy(open: OpenHost, agent: HostAgent): Promise<void> {
  const root = `${agent.facts.directory}/proxy`;
  await open.sh(`cd ${root} && { pkill -x haproxy; while pgrep -x haproxy >/dev/null; do sleep 0.02; done; rm -f run/haproxy.sock
    setsid haproxy -db -f haproxy.d </dev/null >log 2>&1 &
    for i in $(seq 200); do [ ! -S run/haproxy.sock ] || exit 0; sleep 0.05; done; cat log; exit 1; }`);
}

/** Waits for something that a host does by itself. */
export async function until(what: string | (() => string), done: () => Promise<boolean>): Promise<void> {
  for (let left = 300; !(await done()); left--) {
    if (left === 0) throw new Error(`waited in vain for ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
