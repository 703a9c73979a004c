import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeTree } from '../../src/core/temp.ts';
import { parseJson } from '../support/json.ts';
import { cached } from './cache.ts';
import { debianRoot, debianSuite, makeDebianRoot } from './debian-root.ts';
import { goCommand, hasGo } from './go.ts';
import { call, findProgram } from './program.ts';
import type { Probe } from './program.ts';
import type { TestRegistry } from './registry.ts';

/**
 * Images that real Dockerfiles start from, under the names that those use, made here from Debian's packages, the machine's Go and the pinned
 * Node: no test asks a registry of the world.
 */
const images = {
  /** A shell and its friends, as small as they come. */
  'alpine:3': { layers: ['busybox'], env: [], cmd: ['sh'] },
  'debian:stable-slim': { layers: ['debian'], env: [], cmd: ['bash'] },
  'golang:alpine': { layers: ['busybox', 'go'], env: ['GOPATH=/go', 'GOTOOLCHAIN=local'], cmd: ['sh'] },
  /** With a C compiler. */
  'golang:latest': { layers: ['gcc', 'go'], env: ['GOPATH=/go', 'GOTOOLCHAIN=local'], cmd: ['bash'] },
  'node:slim': { layers: ['debian', 'node'], env: [], cmd: ['node'] },
} as const;

export type BaseName = keyof typeof images;
type LayerName = (typeof images)[BaseName]['layers'][number];

export const canMakeBases: Probe = () => {
  const missing = ['mmdebstrap', 'busybox', 'skopeo', 'tar'].filter(
    (name) => findProgram(name) === undefined,
  );
  return missing.length > 0 ? `${missing.join(', ')} not installed` : hasGo();
};

interface Layer {
  /** Of gzip. */
  readonly file: string;
  readonly digest: string;
  readonly size: number;
  readonly diffId: string;
}

/** To be raised with any change of a layer. */
const version = 1;

/**
 * Pushes bases to a registry of the test.
 * @param env more environment for containers of it, such as a module proxy's address
 */
export async function pushBases(
  registry: TestRegistry,
  names: readonly BaseName[],
  env: readonly string[] = [],
): Promise<void> {
  for (const name of names) {
    const place = await mkdtemp(path.join(tmpdir(), 'coracle-base-'));
    try {
      await writeLayout(place, name, env);
      const to = `docker://${registry.host}/${name}`;
      await call(['skopeo', 'copy', '--quiet', '--dest-tls-verify=false', `oci:${place}:it`, to]);
    } finally {
      await removeTree(place);
    }
  }
}

/** `--build-context` flags that make the names of a Dockerfile mean the images of the registry. */
export function baseFlags(registry: TestRegistry, names: readonly BaseName[]): string[] {
  return names.flatMap((name) => ['--build-context', `${name}=docker-image://${registry.host}/${name}`]);
}

async function writeLayout(place: string, name: BaseName, more: readonly string[]): Promise<void> {
  const { layers: wanted, env, cmd } = images[name];
  const blobs = path.join(place, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const layers: Layer[] = [];
  for (const layer of wanted) layers.push(await layerOf(layer));
  for (const { file, digest } of layers) symlinkSync(file, path.join(blobs, digest.slice('sha256:'.length)));
  const put = (mediaType: string, value: object): object => {
    const bytes = Buffer.from(JSON.stringify(value));
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(path.join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const oci = 'application/vnd.oci.image';
  const searchPath =
    'PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const config = put(`${oci}.config.v1+json`, {
    os: 'linux',
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    created: '2021-02-03T04:05:06Z',
    config: { Env: [searchPath, ...env, ...more], Cmd: cmd },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: wanted.map((layer) => ({ created: '2021-02-03T04:05:06Z', created_by: layer })),
  });
  const manifest = put(`${oci}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${oci}.manifest.v1+json`,
    config,
    layers: layers.map(({ digest, size }) => ({ mediaType: `${oci}.layer.v1.tar+gzip`, digest, size })),
  });
  writeFileSync(path.join(place, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const named = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'it' } };
  writeFileSync(path.join(place, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
}

/** A layer, made the first time and kept in the test cache. */
async function layerOf(name: LayerName): Promise<Layer> {
  const { key, make } = await recipe(name);
  const place = await cached(`base-layer-${name}-${version}-${key}`, async (fresh) => {
    const tar = path.join(fresh, 'layer.tar');
    await make(tar, fresh);
    const diffId = await sha256(tar);
    await call(['gzip', '-1', '--no-name', tar]);
    const digest = await sha256(`${tar}.gz`);
    await rename(`${tar}.gz`, path.join(fresh, 'layer'));
    for (const rest of readdirSync(fresh)) if (rest !== 'layer') await removeTree(path.join(fresh, rest));
    writeFileSync(path.join(fresh, 'layer.json'), JSON.stringify({ digest, diffId }));
  });
  const file = path.join(place, 'layer');
  const known = parseJson<{ digest: string; diffId: string }>(
    readFileSync(path.join(place, 'layer.json'), 'utf8'),
  );
  return { file, size: statSync(file).size, ...known };
}

interface Recipe {
  /** Changes when what is made would. */
  readonly key: string;
  readonly make: (tar: string, work: string) => Promise<void>;
}

async function recipe(name: LayerName): Promise<Recipe> {
  switch (name) {
    case 'busybox': {
      const program = findProgram('busybox') ?? '';
      return {
        key: (await sha256(program)).slice('sha256:'.length, 20),
        make: async (tar, work) => busybox(program, tar, work),
      };
    }
    case 'debian':
      return { key: debianSuite(), make: async (tar) => copyFileSync(await debianRoot(), tar) };
    case 'gcc':
      return { key: debianSuite(), make: async (tar) => makeDebianRoot(tar, ['gcc', 'libc6-dev']) };
    case 'go': {
      const goroot = (await goCommand(['env', 'GOROOT'])).trim();
      const goVersion = (await goCommand(['env', 'GOVERSION'])).trim();
      const left = ['api', 'doc', 'misc', 'test', '*/testdata', '*_test.go', 'src/cmd'].flatMap((what) => [
        '--exclude',
        `./${what}`,
      ]);
      return { key: goVersion, make: async (tar) => pack(tar, goroot, 'usr/local/go', left) };
    }
    case 'node':
    default: {
      const node = process.execPath;
      return {
        key: process.version,
        make: async (tar) => pack(tar, path.dirname(node), 'usr/local/bin', ['--exclude', './[!n]*']),
      };
    }
  }
}

/** A directory as a layer below `to`, the same bytes each time. */
async function pack(tar: string, from: string, to: string, more: readonly string[]): Promise<void> {
  await call([
    'tar',
    '--create',
    '--file',
    tar,
    '--sort=name',
    '--mtime=@1600000000',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--transform',
    `s,^\\.,${to},`,
    ...more,
    '--directory',
    from,
    '.',
  ]);
}

async function busybox(program: string, tar: string, work: string): Promise<void> {
  const root = path.join(work, 'root');
  for (const directory of ['bin', 'etc', 'root', 'tmp', 'usr', 'var', 'dev', 'proc', 'sys', 'home'])
    mkdirSync(path.join(root, directory), { recursive: true });
  await call(['cp', program, path.join(root, 'bin', 'busybox')]);
  const { stdout } = await call([program, '--list']);
  for (const applet of stdout.split('\n').filter((each) => each !== '' && each !== 'busybox'))
    symlinkSync('busybox', path.join(root, 'bin', applet));
  chmodSync(path.join(root, 'tmp'), 0o1777);
  writeFileSync(
    path.join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  writeFileSync(path.join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
  await pack(tar, root, '.', []);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
