/** The BuildKit side of a case. Its results are kept in the test cache, by the case and by what BuildKit builds it from. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { buildkitVersion, startBuildkit } from '../components/buildkit.ts';
import type { Buildkit } from '../components/buildkit.ts';
import { testCacheRoot } from '../components/cache.ts';
import { parseJson } from '../support/json.ts';
import { now } from './built.ts';
import type { Built } from './built.ts';
import type { Case } from './case.ts';
import { readOciArchive } from './image.ts';
import { packContext, placeCase, secretVariable } from './place.ts';
import { slug } from './services.ts';
import type { Services } from './services.ts';

/** To be raised when what is read out of an image changes, or how BuildKit is called. */
const version = 1;

export interface Kit {
  build(case_: Case): Promise<Built>;
  stop(): Promise<void>;
}

export function createKit(services: Services): Kit {
  let daemon: Promise<{ kit: Buildkit; began: number }> | undefined;
  const started = async (): Promise<{ kit: Buildkit; began: number }> => {
    const began = now();
    return { kit: await startBuildkit(), began };
  };
  return {
    async build(case_) {
      const file = path.join(testCacheRoot, 'parity-results', `${keyOf(case_, services)}.json.gz`);
      const known = recall(file);
      if (known) return known;
      daemon ??= started();
      const { kit, began } = await daemon;
      const built = await buildWithKit(kit, began, case_, services);
      keep(file, built);
      return built;
    },
    async stop() {
      if (daemon) await (await daemon).kit.stop();
    },
  };
}

/** What BuildKit's result depends on; of the bases those that the case names. */
function keyOf(case_: Case, { bases }: Services): string {
  const { expect: _, covers: __, unlike: ___, manyIds: ____, noChroot: _____, ...rest } = case_;
  const input = JSON.stringify(rest, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
  const used = Object.entries(bases.digests).filter(([name]) => input.includes(name));
  return createHash('sha256')
    .update(JSON.stringify([version, buildkitVersion, used, input]))
    .digest('hex')
    .slice(0, 32);
}

function recall(file: string): Built | undefined {
  try {
    return parseJson<Built>(gunzipSync(readFileSync(file)).toString());
  } catch {
    return undefined; // not there
  }
}

function keep(file: string, built: Built): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, gzipSync(JSON.stringify(built), { level: 1 }));
  renameSync(fresh, file);
}

async function buildWithKit(kit: Buildkit, began: number, case_: Case, services: Services): Promise<Built> {
  const home = mkdtempSync(path.join(tmpdir(), 'coracle-parity-kit-'));
  try {
    const { args, env } = await kitArguments(home, case_, services);
    const dest = path.join(home, 'out.tar');
    const exit = await kit.build([...args, '--no-cache', `--output=type=oci,dest=${dest}`], { env });
    if (exit.code !== 0) return { refused: services.unfill(case_, exit.stderr) };
    return { images: readOciArchive(dest), began, ended: now() };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function kitArguments(
  home: string,
  case_: Case,
  services: Services,
): Promise<{ args: string[]; env: Readonly<Record<string, string>> }> {
  const { options = {}, kitDockerfile } = case_;
  const placed = await placeCase(home, case_, services, {
    ...(kitDockerfile !== undefined && { dockerfile: kitDockerfile }),
  });
  const args: string[] = [];
  const opt = (key: string, value: string): unknown => args.push('--opt', `${key}=${value}`);
  const local = (name: string, place: string): unknown => args.push('--local', `${name}=${place}`);
  const { context, dockerfile } = options;
  if (typeof context === 'object') {
    opt('context', await services.fill(case_, context.address));
    if (dockerfile !== undefined) opt('filename', dockerfile);
  } else if (context !== undefined) {
    // As buildx does: what it reads from standard input, BuildKit fetches.
    opt('context', services.serve(case_, '/context.tar', { body: await packContext(placed, context) }));
    if (dockerfile !== undefined) opt('filename', dockerfile);
  } else {
    local('context', placed.context);
    if (dockerfile === undefined || dockerfile === '-') {
      local('dockerfile', home);
    } else {
      local('dockerfile', placed.context);
      opt('filename', dockerfile);
    }
  }
  for (const [name, named] of Object.entries(options.contexts ?? {})) {
    if ('files' in named) {
      local(slug(name), placed.directories[name] ?? '');
      opt(`context:${name}`, `local:${slug(name)}`);
    } else if ('image' in named) {
      opt(
        `context:${name}`,
        `docker-image://${await services.fill(case_, `@registry@/${named.image}:latest`)}`,
      );
    } else {
      args.push('--oci-layout', `layout=${services.bases.layout}`);
      opt(`context:${name}`, `oci-layout://layout@${services.bases.digests[named.layout] ?? ''}`);
    }
  }
  if (options.target !== undefined) opt('target', options.target);
  for (const [name, value] of Object.entries(options.buildArgs ?? {}))
    opt(`build-arg:${name}`, await services.fill(case_, value));
  for (const [name, value] of Object.entries(options.labels ?? {})) opt(`label:${name}`, value);
  if (options.platforms) opt('platform', options.platforms.join(','));
  if (options.addHosts)
    opt(
      'add-hosts',
      Object.entries(options.addHosts)
        .map(([name, to]) => `${name}=${to}`)
        .join(','),
    );
  if (options.network !== undefined) opt('force-network-mode', options.network);
  if (options.shmSize !== undefined) opt('shm-size', options.shmSize);
  if (options.ulimits) opt('ulimit', options.ulimits.join(','));
  for (const [id, file] of Object.entries(placed.secrets)) args.push('--secret', `id=${id},src=${file}`);
  for (const [id, secret] of Object.entries(options.secrets ?? {}))
    if ('env' in secret) args.push('--secret', `id=${id},env=${secretVariable(id)}`);
  if (options.ssh !== undefined) args.push('--ssh', `${options.ssh}=${await services.sshAgent()}`);
  return { args, env: placed.env };
}
