/** Small archives of an image with everything in it that a reader of layers must take apart, damaged or not. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import { makeDynamic } from '../golang/binary/elf-maker.ts';
import { directory, file, tarOf } from '../layer/support.ts';

const none = { mode: 0o777, uid: 0, gid: 0, mtime: 0, size: 0 };

/** Layers as tar archives: setuid files, capabilities, links, devices, long names, users, a library, whiteouts of all kinds. */
export async function fuzzLayers(): Promise<readonly Buffer[]> {
  const library = makeDynamic({
    class: 64,
    littleEndian: true,
    machine: 62,
    needed: ['libc.so.6'],
    soname: 'libx.so.1',
  });
  const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
  const below = await tarOf([
    directory('etc'),
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/sbin/nologin\n'),
    file('bin/sh', library, { mode: 0o4755 }),
    file('bin/ping', 'ping', { mode: 0o755, xattrs: { 'security.capability': capability } }),
    { ...none, path: 'bin/bash', type: 'symlink', linkName: '/bin/sh' },
    { ...none, path: 'bin/dash', type: 'hardlink', linkName: 'bin/sh' },
    { ...none, path: 'dev/null', type: 'char', major: 1, minor: 3 },
    file(`usr/share/doc/${'long/'.repeat(40)}README`, 'words\n'.repeat(200)),
    file('var/cache/apt/archives/a.deb', Buffer.alloc(3000, 7)),
    file('root/.ssh/id_rsa', '-----BEGIN OPENSSH PRIVATE KEY-----\n', { mode: 0o644 }),
    file('gone', 'x'.repeat(700)),
    file('opaque/one', 'same'.repeat(300)),
  ]);
  const above = await tarOf([
    file('.wh.gone'),
    file('opaque/.wh..wh..opq'),
    file('opaque/two', 'same'.repeat(300)),
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n', { mode: 0o666 }),
    file('usr/lib/libx.so.1', library),
  ]);
  return [below, above];
}

export const archiveForms = ['docker', 'docker, gzip', 'oci, gzip layers', 'oci, zstd layers'] as const;
export type ArchiveForm = (typeof archiveForms)[number];

/** An archive of an image with these layers. Digests are those of the layers as given: what is damaged before, is in them. */
export async function archiveOf(form: ArchiveForm, layers: readonly Buffer[]): Promise<Buffer> {
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/bin/sh'], User: 'root', Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => digestOf(layer)) },
      history: layers.map((_, index) => ({ created_by: `RUN step ${index}` })),
    }),
  );
  if (form === 'docker' || form === 'docker, gzip') {
    const names = layers.map((_, index) => `${index}/layer.tar`);
    const manifest = [{ Config: 'config.json', RepoTags: ['fuzz:1'], Layers: names }];
    const archive = await tarOf([
      file('config.json', config),
      file('manifest.json', JSON.stringify(manifest)),
      ...layers.map((layer, index) => file(names[index] ?? '', layer)),
    ]);
    return form === 'docker' ? archive : gzipSync(archive);
  }
  const zstd = form === 'oci, zstd layers';
  const blobs: Buffer[] = [];
  const add = (bytes: Buffer, mediaType: string): object => {
    blobs.push(bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: add(config, mediaTypes.ociConfig),
    layers: layers.map((layer) =>
      zstd
        ? add(zstdCompressSync(layer), mediaTypes.ociLayerZstd)
        : add(gzipSync(layer), mediaTypes.ociLayerGzip),
    ),
  };
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [add(Buffer.from(JSON.stringify(manifest)), mediaTypes.ociManifest)],
  };
  return tarOf([
    file('oci-layout', '{"imageLayoutVersion":"1.0.0"}'),
    file('index.json', JSON.stringify(index)),
    ...blobs.map((blob) => file(`blobs/sha256/${digestOf(blob).slice('sha256:'.length)}`, blob)),
  ]);
}
