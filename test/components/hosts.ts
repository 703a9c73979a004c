/**
 * Servers to deploy to: each a network, mount, process, control group and time namespace of its own, with a disk, an ssh server and Docker or
 * Podman as they are on a server. They are on one switch with the machine that runs the tests, and can crash, boot, be cut off and be full.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Exit } from '../../src/core/exec.ts';
import { removeTree } from '../../src/core/temp.ts';
import { hasDocker } from './docker.ts';
import { startHardware, startSwitch } from './hosts/hardware.ts';
import type { Hardware, Switch } from './hosts/hardware.ts';
import { hasPodman } from './podman.ts';
import { findProgram, tryCall } from './program.ts';
import type { Probe } from './program.ts';
import { clientConfig, hasSshd, makeKey, speaksSsh } from './sshd.ts';

/** Hosts need root, namespaces of time, and the programs that are on them. */
export const hasHosts: Probe = () => {
  const missing = ['ip', 'nsenter', 'unshare', 'setpriv', 'pivot_root'].filter(
    (name) => findProgram(name) === undefined,
  );
  if (missing.length > 0) return `${missing.join(' and ')} not installed`;
  return hasSshd() ?? hasDocker() ?? hasPodman();
};

/** With it a host's clock can be wrong. */
export const hasFaketime: Probe = () =>
  findProgram('faketime') === undefined ? 'faketime is not installed' : undefined;

export interface HostSpec {
  readonly engine: 'docker' | 'podman';
  /** `deployer` is an ordinary user: in the group docker, or with subordinate ids for rootless Podman. Default `root`. */
  readonly user?: 'root' | 'deployer';
  /** Programs of the machine that this host does not have, such as `socat`. */
  readonly without?: readonly string[];
}

export interface TestHost {
  readonly name: string;
  readonly address: string;
  readonly engine: 'docker' | 'podman';
  readonly user: 'root' | 'deployer';
  /** Runs a program on the host as root (or as the host's user), beside ssh: whatever the network does. A non-zero exit is a result. */
  exec(
    argv: readonly [string, ...string[]],
    options?: { readonly asUser?: boolean; readonly input?: string },
  ): Promise<Exit>;
  /** The power is cut: every process ends at once. What was written is kept. */
  crash(): Promise<void>;
  /** Power on, until ssh and the runtime answer. */
  boot(): Promise<void>;
  /** The cable is pulled, and put back. Connections are not told. */
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** From here on nothing can be written to the disk; and again. */
  fillDisk(): Promise<void>;
  freeDisk(): Promise<void>;
  /** Seconds that the clock of what runs by ssh (but not of Go's programs) is ahead, from the next connection on. Needs hasFaketime. */
  setClock(seconds: number): Promise<void>;
  /** What the host printed while it booted, its ssh server's log too. */
  console(): Promise<string>;
}

export interface TestHosts {
  readonly hosts: readonly TestHost[];
  /** For ssh's `-F`: each host by name and by address, with its known key. */
  readonly configFile: string;
  readonly keyFile: string;
  readonly knownHosts: string;
  /** The machine's own address on the hosts' network. */
  readonly gateway: string;
  stop(): Promise<void>;
}

/** Starts hosts `h1`, `h2` …, all at once. Nothing is left of them after `stop`, nor when the tests die. */
export async function startHosts(
  engines: readonly (HostSpec['engine'] | HostSpec)[],
  options: {
    /** Of each disk, which is memory: as tmpfs has it. */
    readonly disk?: string;
  } = {},
): Promise<TestHosts> {
  const directory = await mkdtemp(path.join(tmpdir(), 'coracle-hosts-'));
  const started: Hardware[] = [];
  let network: Switch | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all(started.map(async (hardware) => hardware.stop()));
    await network?.stop();
    await removeTree(directory);
  };
  try {
    const wires = await startSwitch(directory);
    network = wires;
    const keyFile = path.join(directory, 'key');
    const knownHosts = path.join(directory, 'known_hosts');
    const configFile = path.join(directory, 'config');
    const publicKey = await makeKey(keyFile, 'test');
    const hosts = await Promise.all(
      engines.map(async (engine, index) => {
        const spec = typeof engine === 'string' ? { engine } : engine;
        const hardware = await startHardware(path.join(directory, `h${index + 1}`), options.disk ?? '3g');
        started.push(hardware);
        return startHost({ spec, name: `h${index + 1}`, hardware, network: wires, index, publicKey });
      }),
    );
    await writeFile(
      knownHosts,
      hosts.map(({ host, key }) => `${host.name},${host.address} ${key}\n`).join(''),
    );
    await writeFile(
      configFile,
      clientConfig({
        keyFile,
        knownHosts,
        hosts: hosts.map(({ host: { name, address, user } }) => ({
          names: [name, address],
          address,
          port: 22,
          user,
        })),
      }),
    );
    return {
      hosts: hosts.map(({ host }) => host),
      configFile,
      keyFile,
      knownHosts,
      gateway: wires.gateway,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Making {
  readonly spec: HostSpec;
  readonly name: string;
  readonly hardware: Hardware;
  readonly network: Switch;
  readonly index: number;
  readonly publicKey: string;
}

async function startHost(making: Making): Promise<{ readonly host: TestHost; readonly key: string }> {
  const { spec, name, hardware, network, index } = making;
  const key = await install(making);
  const port = await network.plug(hardware.pid, index);
  const { engine, user = 'root' } = spec;
  const exec: TestHost['exec'] = async (argv, options = {}) => {
    const become =
      options.asUser === true && user === 'deployer'
        ? ['setpriv', '--reuid=deployer', '--regid=deployer', '--init-groups']
        : [];
    const home = become.length > 0 ? '/home/deployer' : '/root';
    return tryCall([...hardware.enter(), 'env', '-i', `HOME=${home}`, systemPath, ...become, ...argv], {
      ...(options.input === undefined ? {} : { input: options.input }),
    });
  };
  const boot = async (): Promise<void> => {
    await hardware.on();
    await until(`${name} to boot`, hardware.console, async () => {
      if (!(await speaksSsh(port.address, 22))) return false;
      return engine === 'podman' || (await exec(['docker', 'version'])).code === 0;
    });
  };
  await boot();
  const host: TestHost = {
    name,
    address: port.address,
    engine,
    user,
    exec,
    boot,
    crash: hardware.off,
    cut: port.cut,
    heal: port.heal,
    fillDisk: hardware.fillDisk,
    freeDisk: hardware.freeDisk,
    console: hardware.console,
    async setClock(seconds) {
      const found = await exec(['sh', '-c', 'ls /usr/lib/*/faketime/libfaketime.so.1']);
      const offset = seconds < 0 ? `${seconds}` : `+${seconds}`;
      const line =
        seconds === 0
          ? ''
          : `SetEnv LD_PRELOAD=${found.stdout.trim()} FAKETIME=${offset} FAKETIME_NO_CACHE=1`;
      // Not of the ssh server itself, which cannot run with it.
      await exec(['sed', '-i', '/^SetEnv/d', '/etc/ssh/sshd_config']);
      await exec(['tee', '-a', '/etc/ssh/sshd_config'], { input: `${line}\n` });
      const listens = async (): Promise<number> =>
        (await hardware.console()).split('Server listening on 0.0.0.0').length;
      const before = await listens();
      await exec(['pkill', '-HUP', '-o', '-x', 'sshd']);
      await until(`${name} to listen again`, hardware.console, async () => (await listens()) > before);
    },
  };
  return { host, key };
}

const systemPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Users, keys and settings, as an administrator left them. @returns the host's public key */
async function install({ spec, name, hardware, publicKey }: Making): Promise<string> {
  const { write } = hardware;
  const hostKey = path.join(hardware.place, 'ssh_host_key');
  mkdirSync(hardware.place, { recursive: true });
  const key = await makeKey(hostKey, name);
  await write('etc/ssh/ssh_host_key', await readFile(hostKey), 0o600);
  await write('etc/ssh/authorized_keys', `${publicKey}\n`);
  await write(
    'etc/ssh/sshd_config',
    [
      'HostKey /etc/ssh/ssh_host_key',
      'AuthorizedKeysFile /etc/ssh/authorized_keys',
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'PermitRootLogin yes',
      'PidFile none',
      'UseDNS no',
      'Subsystem sftp internal-sftp',
      '',
    ].join('\n'),
  );
  await write('etc/host', `HOST_NAME=${name}\nHOST_ENGINE=${spec.engine}\n`);
  await write('etc/hostname', `${name}\n`);
  await write('etc/hosts', `127.0.0.1 localhost ${name}\n`);
  await write('etc/docker/daemon.json', '{}\n');
  await write(
    'etc/containers/containers.conf',
    // crun refuses machines with both cgroup versions; runc takes them.
    '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
  );
  await write('etc/containers/policy.json', '{"default":[{"type":"insecureAcceptAnything"}]}\n');
  if (spec.user === 'deployer') await addUser(spec.engine, write);
  for (const program of spec.without ?? [])
    for (const place of ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'])
      if (existsSync(path.join(place, program))) await hardware.hide(path.join(place, program));
  return key;
}

async function addUser(engine: HostSpec['engine'], write: Hardware['write']): Promise<void> {
  const line = 'deployer:x:2001:2001::/home/deployer:/bin/sh\n';
  await write('etc/passwd', `${await readFile('/etc/passwd', 'utf8')}${line}`);
  await write('etc/shadow', `${await readFile('/etc/shadow', 'utf8')}deployer:*:20000:0:99999:7:::\n`, 0o640);
  const groups = `${await readFile('/etc/group', 'utf8')}deployer:x:2001:\n`;
  await write(
    'etc/group',
    engine === 'docker' ? groups.replace(/^(docker:[^:]*:\d+:).*$/m, '$1deployer') : groups,
  );
  for (const file of ['etc/subuid', 'etc/subgid']) await write(file, 'deployer:300000:65536\n');
}

async function until(what: string, logs: () => Promise<string>, done: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error(`waited for ${what}:\n${await logs()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}
