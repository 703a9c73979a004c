import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeTree } from '../../src/core/temp.ts';
import { startDaemon } from './daemon.ts';
import { call, findProgram, isRoot } from './program.ts';
import type { Probe } from './program.ts';

/** dockerd needs root, and itself and a client installed. */
export const hasDocker: Probe = () => {
  const missing = ['dockerd', 'docker'].filter((name) => findProgram(name) === undefined);
  return missing.length > 0 ? `${missing.join(' and ')} not installed` : isRoot();
};

export interface Docker {
  /** For DOCKER_HOST. */
  readonly host: string;
  readonly socket: string;
  /** Runs the client against this daemon; its standard output. */
  docker(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/**
 * A Docker daemon with its own socket, state and no bridge, so that nothing of the machine's is touched.
 * @param storage vfs works on any file system; overlay2 does not copy an image for each step, and does not work on overlayfs
 */
export async function startDocker(storage: 'vfs' | 'overlay2' = 'vfs'): Promise<Docker> {
  const home = await mkdtemp(path.join(tmpdir(), 'coracle-docker-'));
  const socket = path.join(home, 'docker.sock');
  const host = `unix://${socket}`;
  // Not the machine's own settings, wherever they are.
  const settings = path.join(home, 'daemon.json');
  await writeFile(settings, '{}');
  const program = findProgram('docker') ?? 'docker';
  const docker = async (...args: string[]): Promise<string> => {
    const { stdout } = await call([program, ...args], {
      env: { DOCKER_HOST: host, DOCKER_CONFIG: path.join(home, 'config') },
    });
    return stdout;
  };
  const daemon = await startDaemon({
    argv: [
      findProgram('dockerd') ?? 'dockerd',
      '--host',
      host,
      '--data-root',
      path.join(home, 'data'),
      '--exec-root',
      path.join(home, 'exec'),
      '--pidfile',
      path.join(home, 'pid'),
      '--config-file',
      settings,
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      `--storage-driver=${storage}`,
      '--log-level=warn',
    ],
    ready: async () => (await docker('version', '--format', '{{.Server.Version}}')) !== '',
  }).catch(async (error: unknown) => {
    await removeTree(home);
    throw error;
  });
  return {
    host,
    socket,
    docker,
    async stop() {
      await daemon.stop();
      await unmountBelow(home);
      await removeTree(home);
    },
  };
}

/** A daemon that ends leaves the network namespaces of its containers mounted. */
async function unmountBelow(directory: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((place) => place.startsWith(`${directory}/`));
  for (const place of mounts.reverse()) await call(['umount', '--lazy', place]);
}
