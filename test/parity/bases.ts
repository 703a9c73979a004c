/** The images that cases start from, made here: by code, from Debian's busybox-static, and one by mmdebstrap. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { cached } from '../components/cache.ts';
import { debianRoot } from '../components/debian-root.ts';
import { findProgram } from '../components/program.ts';
import { dir, link, plain } from './base-entries.ts';
import type { Entry } from './base-entries.ts';
import { oddConfig, oddLayers } from './odd-base.ts';
import { writeTar } from './tar.ts';

/** To be raised with any change of a base. */
const version = 4;

interface Base {
  readonly layers: readonly Buffer[];
  readonly config: object;
  readonly author?: string;
}

const searchPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function busyboxEntries(): Entry[] {
  const program = findProgram('busybox');
  if (program === undefined) throw new Error('busybox is not installed');
  const applets =
    'sh ash ls cat cp mv rm ln mkdir rmdir touch echo printf test [ chmod chown chgrp stat id env head tail wc sort uniq tr cut grep egrep sed awk find xargs du df dd mkfifo mknod readlink realpath pwd true false sleep sync tee basename dirname date md5sum sha256sum od hexdump seq expr yes tar gzip gunzip mount umount whoami hostname uname ps kill nc wget ip truncate which getopt install unlink';
  return [
    dir('bin'),
    plain('bin/busybox', '', { mode: 0o755, content: readFileSync(program) }),
    ...applets.split(' ').map((name) => link(`bin/${name}`, 'busybox')),
  ];
}

const users = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
app:x:1000:1000:App:/home/app:/bin/sh
other:x:1001:100::/home/other:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
`;
const groups = `root:x:0:
daemon:x:1:
users:x:100:app
staff:x:50:app,other
app:x:1000:
nogroup:x:65534:
`;

function busybox(): Entry[] {
  return [
    ...busyboxEntries(),
    dir('etc'),
    plain('etc/passwd', users),
    plain('etc/group', groups),
    dir('home'),
    dir('home/app', { uid: 1000, gid: 1000 }),
    dir('root', { mode: 0o700 }),
    dir('tmp', { mode: 0o1777 }),
    ...['dev', 'proc', 'sys'].map((name) => dir(name)),
    dir('usr'),
    dir('var'),
    dir('var/data'),
    plain('var/data/kept', 'kept\n'),
    plain('var/data/deep/er/file', 'deep\n'),
  ];
}

function made(entries: readonly Entry[]): Buffer {
  return writeTar(entries);
}

function bases(debian: Buffer): Record<string, Base> {
  const whole = made(busybox());
  const bare = made(busyboxEntries());
  const config = { Env: [searchPath], Cmd: ['sh'] };
  const trigger = (...OnBuild: string[]): Base => ({ layers: [whole], config: { ...config, OnBuild } });
  return {
    busybox: { layers: [whole], config },
    nopasswd: { layers: [bare], config },
    noenv: { layers: [bare], config: {} },
    debian: { layers: [debian], config: { Env: [searchPath], Cmd: ['bash'] } },
    odd: {
      layers: [whole, ...oddLayers().map(made)],
      config: oddConfig,
      author: 'An Author <a@example.com>',
    },
    onbuild: trigger('COPY . /context/', 'ENV TRIGGERED=yes', 'LABEL triggered=yes'),
    'onbuild-run': trigger('ARG WHAT=nothing', 'RUN echo $WHAT >/what', 'WORKDIR /srv/made'),
    'onbuild-from': trigger('COPY --from=other /file /from-other'),
    'onbuild-user': trigger('USER app', 'COPY --chown=app:staff file /home/app/', 'EXPOSE 80', 'VOLUME /v'),
  };
}

export interface Bases {
  /** An OCI layout that has all of them as tags. */
  readonly layout: string;
  readonly names: readonly string[];
  /** Digests: name → manifest's or index's. */
  readonly digests: Readonly<Record<string, string>>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: object;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Made once, kept in the test cache. */
export async function makeBases(): Promise<Bases> {
  const debian = await debianRoot();
  const busyboxHash = sha256(readFileSync(findProgram('busybox') ?? '')).slice(0, 12);
  const layout = await cached(`parity-bases-${version}-${busyboxHash}`, async (fresh) => {
    chmodSync(fresh, 0o755); // other users read it, too
    const write = blobWriter(fresh);
    const manifests = Object.entries(bases(readFileSync(debian))).map(([name, base]) =>
      named(name, writeImage(write, base, { os: 'linux', architecture: 'amd64' })),
    );
    manifests.push(named('multi', writeMulti(write)));
    writeFileSync(path.join(fresh, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(path.join(fresh, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  });
  const { parseJson } = await import('../support/json.ts');
  const { manifests } = parseJson<{ manifests: Descriptor[] }>(
    readFileSync(path.join(layout, 'index.json'), 'utf8'),
  );
  const digests = Object.fromEntries(
    manifests.map(({ annotations, digest }) => [annotations?.[refName] ?? '', digest]),
  );
  return { layout, names: Object.keys(digests), digests };
}

const refName = 'org.opencontainers.image.ref.name';

function named(name: string, descriptor: Descriptor): Descriptor {
  return { ...descriptor, annotations: { [refName]: name } };
}

type Write = (bytes: Buffer, mediaType: string) => Descriptor;

function blobWriter(layout: string): Write {
  const directory = path.join(layout, 'blobs', 'sha256');
  mkdirSync(directory, { recursive: true });
  return (bytes, mediaType) => {
    const hex = sha256(bytes);
    writeFileSync(path.join(directory, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
}

const oci = 'application/vnd.oci.image';

function writeImage(write: Write, base: Base, platform: object): Descriptor {
  const created = '2021-02-03T04:05:06Z';
  const config = {
    ...platform,
    created,
    ...(base.author !== undefined && { author: base.author }),
    config: base.config,
    rootfs: { type: 'layers', diff_ids: base.layers.map((layer) => `sha256:${sha256(layer)}`) },
    history: [
      ...base.layers.map((_, at) => ({ created, created_by: `base layer ${at}` })),
      { created, created_by: 'base config', empty_layer: true },
    ],
  };
  return write(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: `${oci}.manifest.v1+json`,
        config: write(Buffer.from(JSON.stringify(config)), `${oci}.config.v1+json`),
        layers: base.layers.map((layer) => write(gzipSync(layer, { level: 1 }), `${oci}.layer.v1.tar+gzip`)),
      }),
    ),
    `${oci}.manifest.v1+json`,
  );
}

/** An index of three platforms, told apart by a file. */
function writeMulti(write: Write): Descriptor {
  const platforms = [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
    { os: 'linux', architecture: 'arm', variant: 'v7' },
  ];
  const manifests = platforms.map((platform) => {
    const architecture = Object.values(platform).slice(1).join('/');
    const layer = made([dir('etc'), plain('etc/arch', `${architecture}\n`)]);
    const config = { Env: [searchPath, `BASE_ARCH=${architecture}`] };
    return { ...writeImage(write, { layers: [layer], config }, platform), platform };
  });
  const index = { schemaVersion: 2, mediaType: `${oci}.index.v1+json`, manifests };
  return write(Buffer.from(JSON.stringify(index)), `${oci}.index.v1+json`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
