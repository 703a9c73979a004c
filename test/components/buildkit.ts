import { copyFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Exit } from '../../src/core/exec.ts';
import { removeTree } from '../../src/core/temp.ts';
import { parseJson } from '../support/json.ts';
import { cached } from './cache.ts';
import { startDaemon } from './daemon.ts';
import { goCommand, hasGo } from './go.ts';
import { call, findProgram, isRoot, tryCall } from './program.ts';
import type { Probe } from './program.ts';

/** Also in buildkit/go.mod, which pins it. */
export const buildkitVersion = 'v0.25.2';

/** What Docker's labs channel has on: RUN --security, COPY --parents. */
const tags = 'dfrunsecurity,dfparents';

/** BuildKit runs steps with runc, as root. */
export const hasBuildkit: Probe = () => {
  if (findProgram('runc') === undefined) return 'runc is not installed';
  return hasGo() ?? isRoot();
};

export interface Buildkit {
  /** Runs `buildctl build` with the built-in Dockerfile frontend; any exit code is a result. */
  build(args: readonly string[], options?: BuildOptions): Promise<Exit>;
  /** Forgets every result and blob. */
  prune(): Promise<void>;
  logs(): string;
  stop(): Promise<void>;
}

interface BuildOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** buildkitd and buildctl, compiled once into the test cache. @returns the directory that holds both */
async function programs(): Promise<string> {
  return cached(`buildkit-${buildkitVersion}-1`, async (fresh) => {
    // In a copy: whatever the go command may write beside go.mod, it is not into the sources.
    const module = path.join(fresh, 'module');
    await mkdir(module);
    for (const name of ['go.mod', 'go.sum'])
      copyFileSync(path.join(import.meta.dirname, 'buildkit', name), path.join(module, name));
    const go = async (...args: readonly string[]): Promise<string> =>
      goCommand(args, { cwd: module, env: { GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' } });
    await leaveOut(module, go);
    const command = 'github.com/moby/buildkit/cmd';
    const flags = ['-trimpath', '-ldflags=-s', `-tags=${tags}`, '-o', `${fresh}/`];
    await go('build', ...flags, `${command}/buildkitd`, `${command}/buildctl`);
    await removeTree(module);
  });
}

/**
 * Builds from a copy of BuildKit's sources that lacks what no test uses and a fifth of the compiler's work is for: caches in the stores of
 * three clouds, and the worker that asks containerd.
 */
async function leaveOut(module: string, go: (...args: string[]) => Promise<string>): Promise<void> {
  const name = 'github.com/moby/buildkit';
  const { Dir } = parseJson<{ Dir: string }>(
    await go('mod', 'download', '-json', `${name}@${buildkitVersion}`),
  );
  const sources = path.join(module, 'buildkit');
  await call(['cp', '-r', '--no-preserve=mode', Dir, sources]);
  for (const cloud of ['azblob', 'gha', 's3']) {
    const place = path.join(sources, 'cache', 'remotecache', cloud);
    await rm(place, { recursive: true });
    await mkdir(place);
    await writeFile(path.join(place, 'none.go'), noCache(cloud));
  }
  const worker = path.join(sources, 'cmd', 'buildkitd', 'main_containerd_worker');
  for (const end of ['', '_unix', '_windows']) await rm(`${worker}${end}.go`);
  await go('mod', 'edit', `-replace=${name}=./buildkit`);
}

function noCache(cloud: string): string {
  return `package ${cloud}

import "github.com/moby/buildkit/cache/remotecache"

func ResolveCacheExporterFunc() remotecache.ResolveCacheExporterFunc { return nil }
func ResolveCacheImporterFunc() remotecache.ResolveCacheImporterFunc { return nil }
`;
}

/**
 * A BuildKit daemon with a state of its own, ready to build. Registries on loopback are spoken to in plain HTTP, as BuildKit does by
 * itself; steps have the host's network, and may ask for it and for more privileges.
 */
export async function startBuildkit(): Promise<Buildkit> {
  const bin = await programs();
  const home = await mkdtemp(path.join(tmpdir(), 'coracle-buildkit-'));
  const address = `unix://${home}/socket`;
  const config = path.join(home, 'buildkitd.toml');
  await writeFile(config, configuration(home, address));
  const buildctl = path.join(bin, 'buildctl');
  const daemon = await startDaemon({
    argv: [path.join(bin, 'buildkitd'), '--config', config],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    ready: async () => (await tryCall([buildctl, '--addr', address, 'debug', 'workers'])).code === 0,
  });
  const control = async (args: readonly string[], options: BuildOptions = {}): Promise<Exit> =>
    tryCall([buildctl, '--addr', address, ...args], options);
  return {
    build: async (args, options) =>
      control(
        [
          'build',
          '--progress=plain',
          '--frontend=dockerfile.v0',
          '--allow=security.insecure',
          '--allow=network.host',
          ...args,
        ],
        options,
      ),
    async prune() {
      await control(['prune', '--all']);
    },
    logs: daemon.logs,
    async stop() {
      await daemon.stop();
      await unmountBelow(home);
      await rm(home, { recursive: true, force: true });
    },
  };
}

function configuration(home: string, address: string): string {
  return `root = "${home}/root"
insecure-entitlements = ["security.insecure", "network.host"]

[grpc]
  address = ["${address}"]

[worker.oci]
  enabled = true
  snapshotter = "overlayfs"
  networkMode = "host"
  gc = false

[worker.containerd]
  enabled = false
`;
}

/** A daemon that is stopped in the middle of a step leaves its mounts. */
async function unmountBelow(home: string): Promise<void> {
  const places = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((place) => place.startsWith(`${home}/`));
  for (const place of places.toReversed()) await tryCall(['umount', '--lazy', place]);
}
