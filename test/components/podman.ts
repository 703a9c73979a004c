import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeTree } from '../../src/core/temp.ts';
import { call, findProgram, isRoot } from './program.ts';
import type { Probe } from './program.ts';

export const hasPodman: Probe = () => {
  const missing = ['podman', 'runc'].filter((name) => findProgram(name) === undefined);
  return missing.length > 0 ? `${missing.join(' and ')} not installed` : isRoot();
};

export interface Podman {
  /** The environment that makes any podman use this storage. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs podman; its standard output. */
  podman(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Podman with storage and settings of its own. It has no daemon: `stop` only cleans up. */
export async function startPodman(): Promise<Podman> {
  const home = await mkdtemp(path.join(tmpdir(), 'coracle-podman-'));
  // crun refuses machines with both cgroup versions; runc takes them.
  const engine = '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n';
  await writeFile(
    path.join(home, 'containers.conf'),
    `${engine}[network]\ndefault_rootless_network_cmd = "slirp4netns"\n`,
  );
  await writeFile(
    path.join(home, 'storage.conf'),
    `[storage]\ndriver = "vfs"\nrunroot = "${home}/run"\ngraphroot = "${home}/storage"\n`,
  );
  await writeFile(path.join(home, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  const env = {
    CONTAINERS_CONF: path.join(home, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: path.join(home, 'storage.conf'),
    XDG_RUNTIME_DIR: home,
    TMPDIR: tmpdir(),
  };
  const program = findProgram('podman') ?? 'podman';
  const podman = async (...args: string[]): Promise<string> =>
    (await call([program, ...args], { env })).stdout;
  return {
    env,
    podman,
    async stop() {
      await podman('rm', '--all', '--force').catch(() => undefined);
      await removeTree(home);
    },
  };
}
