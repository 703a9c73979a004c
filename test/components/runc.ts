import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeTree } from '../../src/core/temp.ts';
import { parseJson } from '../support/json.ts';
import { startDaemon } from './daemon.ts';
import { call, findProgram, isRoot, tryCall } from './program.ts';
import type { Probe } from './program.ts';

/** runc runs the image; umoci unpacks it as the OCI's own runtime tools would. */
export const canRunImages: Probe = () => {
  const missing = ['runc', 'umoci'].filter((name) => findProgram(name) === undefined);
  return missing.length > 0 ? `${missing.join(' and ')} not installed` : isRoot();
};

export interface RunningImage {
  /** The image's own config as umoci turned it into a process. */
  readonly process: RuntimeProcess;
  logs(): string;
  readonly ended: Promise<number>;
  /** Sends a signal to the container's first process; resolves with its exit code. */
  stop(signal?: 'TERM' | 'INT' | 'KILL' | 'QUIT'): Promise<number>;
  /** Runs another program in the container, as a health check does; its exit code. */
  exec(argv: readonly string[]): Promise<number>;
}

interface RuntimeProcess {
  terminal?: boolean;
  user: { uid: number; gid: number };
  args: string[];
  env: string[];
  cwd: string;
}

interface RuntimeSpec {
  process: RuntimeProcess;
  root: { path: string; readonly?: boolean };
  mounts: { destination: string; type: string; source: string; options?: string[] }[];
  linux: { namespaces: { type: string }[]; resources?: unknown; maskedPaths?: string[] };
}

/**
 * Unpacks an image of an OCI layout with umoci and runs it with runc: read-only root, the host's network, the user, environment
 * and command that the image says. `ready` is asked until it is true.
 * @param args replace the image's command, its entrypoint stays
 */
export async function runImage(
  layout: string,
  tag: string,
  options: {
    env?: Readonly<Record<string, string>>;
    args?: readonly string[];
    ready: () => Promise<boolean>;
  },
): Promise<RunningImage> {
  const home = await mkdtemp(path.join(tmpdir(), 'coracle-runc-'));
  const bundle = path.join(home, 'bundle');
  const state = path.join(home, 'state');
  const name = `coracle-${randomBytes(6).toString('hex')}`;
  const runc = findProgram('runc') ?? 'runc';
  const clean = async (): Promise<void> => {
    await tryCall([runc, '--root', state, 'delete', '--force', name]);
    await removeTree(home);
  };
  try {
    await call([findProgram('umoci') ?? 'umoci', 'unpack', '--image', `${layout}:${tag}`, bundle]);
    const process = await prepare(path.join(bundle, 'config.json'), options);
    const daemon = await startDaemon({
      // Session keyrings are refused inside some containers and are of no use to a service.
      argv: [runc, '--root', state, 'run', '--no-new-keyring', '--bundle', bundle, name],
      ready: options.ready,
    });
    const ended = daemon.ended.then(async (code) => {
      await clean();
      return code;
    });
    return {
      process,
      logs: () => daemon.logs(),
      ended,
      async stop(signal = 'TERM') {
        await call([runc, '--root', state, 'kill', name, signal]);
        return ended;
      },
      exec: async (argv) => (await tryCall([runc, '--root', state, 'exec', name, ...argv])).code,
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

async function prepare(
  file: string,
  options: { env?: Readonly<Record<string, string>>; args?: readonly string[] },
): Promise<RuntimeProcess> {
  const spec = parseJson<RuntimeSpec>(await readFile(file, 'utf8'));
  spec.process.terminal = false;
  spec.root.readonly = true;
  for (const [key, value] of Object.entries(options.env ?? {})) {
    spec.process.env = [
      ...spec.process.env.filter((entry) => !entry.startsWith(`${key}=`)),
      `${key}=${value}`,
    ];
  }
  if (options.args) spec.process.args = [spec.process.args[0] ?? '', ...options.args];
  // The host's network: published ports need a bridge, which tests must not make. The cgroup controllers stay as they are.
  spec.linux.namespaces = spec.linux.namespaces.filter(({ type }) => type !== 'network' && type !== 'cgroup');
  delete spec.linux.resources;
  spec.mounts = spec.mounts.filter(({ type }) => type !== 'cgroup' && type !== 'cgroup2');
  // A fresh sysfs belongs to a network namespace of one's own.
  spec.mounts = spec.mounts.map((mount) =>
    mount.type === 'sysfs'
      ? {
          destination: mount.destination,
          type: 'none',
          source: '/sys',
          options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'],
        }
      : mount,
  );
  // The root cannot be written; programs may use /tmp, as under `docker run --read-only --tmpfs /tmp`.
  spec.mounts.push({
    destination: '/tmp',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'nodev', 'mode=1777'],
  });
  await writeFile(file, JSON.stringify(spec));
  return spec.process;
}
