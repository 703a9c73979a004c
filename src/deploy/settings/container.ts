import type { ContainerSettings } from '../types.ts';
import { portsOf } from './ports.ts';
import { isPath, volumesOf } from './volumes.ts';
import type { Keys, Reader } from './reader.ts';
import { secretsOf } from './secrets.ts';

/** Least memory that runtimes give a container. */
const leastMemory = 6 * 1024 * 1024;

/** @throws ToolError CONFIG_INVALID */
export function containerOf(reader: Reader, port: number): ContainerSettings {
  const { deploy } = reader;
  const { env = {} } = deploy;
  checkNames(reader, ['env'], env);
  const ports = portsOf(reader, ['ports'], deploy.ports);
  if (deploy.network === 'host' && ports.length > 0) {
    throw reader.fail(
      ['ports'],
      'with network: host nothing is published: the program has the ports that it listens on',
      'Leave out ports, or network.',
    );
  }
  return {
    port,
    portVariable: deploy.portVariable,
    network: deploy.network,
    ports,
    env,
    secrets: secretsOf(reader, ['secrets'], deploy.secrets, env),
    volumes: volumesOf(reader, ['volumes'], deploy.volumes),
    ...limitsOf(reader, ['resources'], deploy.resources),
    pids: deploy.resources.pids,
    readOnly: deploy.readOnly,
    tmpfs: tmpfsOf(reader),
    dropCapabilities: capabilities(reader, 'drop'),
    addCapabilities: capabilities(reader, 'add'),
    noNewPrivileges: deploy.noNewPrivileges,
    log: logOf(reader),
    restart: deploy.restart,
    ...(deploy.user !== undefined && { user: userOf(reader, deploy.user) }),
    ...(deploy.stopSignal !== undefined && { stopSignal: deploy.stopSignal }),
    grace: reader.time(['stopGrace'], deploy.stopGrace),
    ...(deploy.command !== undefined && { command: reader.command(['command'], deploy.command) }),
  };
}

/** @throws ToolError CONFIG_INVALID for a name that no environment takes */
export function checkNames(reader: Reader, keys: Keys, env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name))
      throw reader.fail([...keys, name], `${JSON.stringify(name)} is no name of a variable`);
    if (value.includes('\0')) throw reader.fail([...keys, name], 'a value cannot hold a zero byte');
  }
}

/** @throws ToolError CONFIG_INVALID */
export function limitsOf(
  reader: Reader,
  keys: Keys,
  said: { readonly cpus?: string; readonly memory?: string },
): Pick<ContainerSettings, 'cpus' | 'memory'> {
  const memory = said.memory === undefined ? undefined : reader.bytes([...keys, 'memory'], said.memory);
  if (memory !== undefined && memory < leastMemory) {
    throw reader.fail(
      [...keys, 'memory'],
      `${said.memory ?? ''} is too little to start a program`,
      'Write it with its unit: 512MiB.',
    );
  }
  const cpus = said.cpus === undefined ? undefined : Number(said.cpus);
  if (cpus !== undefined && !(cpus >= 0.01 && cpus <= 1024)) {
    throw reader.fail(
      [...keys, 'cpus'],
      `${JSON.stringify(said.cpus)} is no number of processors`,
      'Write it as 2, 1.5 or 0.5.',
    );
  }
  return { ...(cpus !== undefined && { cpus }), ...(memory !== undefined && { memory }) };
}

function tmpfsOf(reader: Reader): readonly string[] {
  const wrong = reader.deploy.tmpfs.findIndex((directory) => !isPath(directory) || directory === '/');
  if (wrong < 0) return reader.deploy.tmpfs;
  throw reader.fail(['tmpfs', wrong], `${JSON.stringify(reader.deploy.tmpfs[wrong])} is no absolute path`);
}

function capabilities(reader: Reader, which: 'drop' | 'add'): readonly string[] {
  return reader.deploy.capabilities[which].map((written, index) => {
    const name = written.toUpperCase().replace(/^CAP_/, '');
    if (/^[A-Z][A-Z_]{1,30}$/.test(name)) return name;
    throw reader.fail(
      ['capabilities', which, index],
      `${JSON.stringify(written)} is no capability`,
      'Write it as NET_BIND_SERVICE.',
    );
  });
}

function logOf(reader: Reader): ContainerSettings['log'] {
  const { size: text, files } = reader.deploy.logging;
  const size = reader.bytes(['logging', 'size'], text);
  if (size >= 1024) return { size, files };
  throw reader.fail(['logging', 'size'], `${text} is too little for a log`, 'Write it with its unit: 10MB.');
}

function userOf(reader: Reader, user: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/.test(user)) return user;
  throw reader.fail(['user'], `${JSON.stringify(user)} is no user`, 'Write it as 65532:65532, or by name.');
}
