import { mkdirSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { removeTree } from '../../src/core/temp.ts';
import { startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';
import { call, findProgram } from './program.ts';
import type { Probe } from './program.ts';

/** The server, the client and the maker of keys. */
export const hasSshd: Probe = () => {
  const missing = ['sshd', 'ssh', 'ssh-keygen'].filter((name) => findProgram(name) === undefined);
  return missing.length > 0 ? `${missing.join(' and ')} not installed` : undefined;
};

export interface Sshd {
  readonly address: '127.0.0.1';
  readonly port: number;
  /** Who logs in: the user that runs the tests. */
  readonly user: string;
  /** For ssh's `-F`: the key, the known host key, nothing of the user's. It knows this server as `server` and as 127.0.0.1. */
  readonly configFile: string;
  readonly keyFile: string;
  readonly knownHosts: string;
  /** As `ssh-keygen -l` says it: `SHA256:…`. */
  readonly fingerprint: string;
  /** The server's process, which accepts; its children hold the connections. */
  readonly pid: number;
  /** What the server logged. */
  readonly logs: () => string;
  stop(): Promise<void>;
}

/** A pair of ed25519 without a passphrase. @returns the public line */
export async function makeKey(file: string, comment: string): Promise<string> {
  const program = findProgram('ssh-keygen') ?? 'ssh-keygen';
  await call([program, '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
  return (await readFile(`${file}.pub`, 'utf8')).trim();
}

export interface SshdFiles {
  /** A directory of its own, that only its owner may write. */
  readonly directory: string;
  readonly port: number;
  readonly authorizedKeys: string;
  /** Further lines of sshd_config, put first, so that they win. */
  readonly settings?: readonly string[];
}

/** The arguments of a server that asks neither PAM nor the machine's own configuration. */
export async function sshdArguments(files: SshdFiles): Promise<readonly [string, ...string[]]> {
  const config = path.join(files.directory, 'sshd_config');
  await writeFile(
    config,
    [
      ...(files.settings ?? []),
      'ListenAddress 0.0.0.0',
      `Port ${files.port}`,
      `HostKey ${path.join(files.directory, 'host_key')}`,
      `AuthorizedKeysFile ${files.authorizedKeys}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'PermitRootLogin yes',
      'PrintMotd no',
      'Subsystem sftp internal-sftp',
      '',
    ].join('\n'),
  );
  // It insists on its absolute path, as it runs itself again for each connection.
  return [findProgram('sshd') ?? '/usr/sbin/sshd', '-D', '-e', '-f', config];
}

/** Where sshd puts itself away when it runs as root; Debian's own service makes it at its start. */
export function makePrivilegeSeparation(): void {
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
}

/** An ssh client's configuration: this key, these hosts, and nothing of the user's or the machine's. */
export function clientConfig(options: {
  readonly keyFile: string;
  readonly knownHosts: string;
  readonly hosts: readonly {
    readonly names: readonly string[];
    readonly address: string;
    readonly port: number;
    readonly user: string;
  }[];
}): string {
  return [
    ...options.hosts.flatMap(({ names, address, port, user }) => [
      `Host ${names.join(' ')}`,
      `  HostName ${address}`,
      `  Port ${port}`,
      `  User ${user}`,
    ]),
    'Host *',
    `  IdentityFile ${options.keyFile}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile ${options.knownHosts}`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    '',
  ].join('\n');
}

/** True when something that speaks ssh listens there. */
export async function speaksSsh(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 1000 });
    const answer = (well: boolean): void => {
      socket.destroy();
      resolve(well);
    };
    socket.on('data', (bytes: Buffer) => answer(bytes.toString().startsWith('SSH-2.0')));
    socket.on('timeout', () => answer(false));
    socket.on('error', () => answer(false));
    socket.on('close', () => answer(false));
  });
}

/**
 * One ordinary ssh server on a loopback port, for the user that runs the tests.
 * @param settings further lines of sshd_config, such as `MaxSessions 2`
 */
export async function startSshd(options: { readonly settings?: readonly string[] } = {}): Promise<Sshd> {
  const directory = await mkdtemp(path.join(tmpdir(), 'coracle-sshd-'));
  const keyFile = path.join(directory, 'key');
  const knownHosts = path.join(directory, 'known_hosts');
  const configFile = path.join(directory, 'config');
  const port = await freePort();
  const user = userInfo().username;
  const authorizedKeys = path.join(directory, 'authorized_keys');
  await writeFile(authorizedKeys, `${await makeKey(keyFile, 'test')}\n`);
  const hostKey = await makeKey(path.join(directory, 'host_key'), 'host');
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${hostKey}\n`);
  const hosts = [{ names: ['server', '127.0.0.1'], address: '127.0.0.1', port, user }];
  await writeFile(configFile, clientConfig({ keyFile, knownHosts, hosts }));
  const listed = await call([
    findProgram('ssh-keygen') ?? 'ssh-keygen',
    '-lf',
    path.join(directory, 'host_key.pub'),
  ]);
  makePrivilegeSeparation();
  const daemon = await startDaemon({
    argv: await sshdArguments({
      directory,
      port,
      authorizedKeys,
      ...(options.settings === undefined ? {} : { settings: options.settings }),
    }),
    ready: async () => speaksSsh('127.0.0.1', port),
  }).catch(async (error: unknown) => {
    await removeTree(directory);
    throw error;
  });
  return {
    address: '127.0.0.1',
    port,
    user,
    configFile,
    keyFile,
    knownHosts,
    fingerprint: listed.stdout.split(' ')[1] ?? '',
    pid: daemon.pid,
    logs: daemon.logs,
    async stop() {
      await daemon.stop();
      await removeTree(directory);
    },
  };
}
