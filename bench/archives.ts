import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cached } from '../test/components/cache.ts';
import { mediaTypes } from '../src/oci/types.ts';
import type { Descriptor } from '../src/oci/types.ts';
import { call } from '../test/components/program.ts';
import { debianLayer, golangLayer } from './go-base.ts';

export interface Archive {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
}

/** A layer that is there, gzipped, or as arguments of GNU tar. */
type Layer = { readonly packed: string } | { readonly tar: readonly string[] };

type Described = Pick<Descriptor, 'digest' | 'mediaType' | 'size'>;

/** The machine's Go, or parts of it, at a place in the image. */
function goTree(goroot: string, place: string, parts: readonly string[]): Layer {
  return { tar: ['-C', goroot, `--transform=s,^,${place}/,`, ...parts] };
}

/**
 * What `docker save` writes: of an image of some 180 MB packed, an OCI layout with gzipped layers, as Docker's containerd store has them;
 * and of one of 1 GB in plain tar and without manifests, as its older store has them. Both have files that a later layer writes again, as images do; made once from
 * Debian and the machine's own Go tree, whose files are many and small.
 */
export async function explainArchives(): Promise<{ readonly small: Archive; readonly large: Archive }> {
  const { stdout } = await call(['go', 'env', 'GOVERSION', 'GOROOT']);
  const [version = 'go', goroot = ''] = stdout.trim().split('\n');
  const base = [await debianLayer(), await golangLayer()];
  const directory = await cached(`bench-explain-5-${version}`, async (fresh) => {
    const tree = (place: string, ...parts: readonly string[]): Layer => goTree(goroot, place, parts);
    const packed = base.map((layer): Layer => ({ packed: layer }));
    await dockerArchive(path.join(fresh, 'small.tar'), [...packed, tree('usr/local/go', 'src')], true);
    // Each has a part that the others have not, or two of them would be one blob.
    const trees = [
      tree('usr/local/go', 'src', 'pkg', 'bin', 'test'),
      tree('opt/other', 'src', 'pkg', 'bin', 'test'),
      tree('usr/local/go', 'src', 'pkg', 'bin', 'api'),
      tree('srv/third', 'src', 'pkg', 'bin', 'test'),
    ];
    await dockerArchive(path.join(fresh, 'large.tar'), trees, false);
  });
  const archive = (name: string): Archive => {
    const file = path.join(directory, name);
    return { file, size: statSync(file).size };
  };
  return { small: archive('small.tar'), large: archive('large.tar') };
}

async function dockerArchive(file: string, layers: readonly Layer[], gzip: boolean): Promise<void> {
  const work = `${file}.parts`;
  const blobs = path.join('blobs', 'sha256');
  mkdirSync(path.join(work, blobs), { recursive: true });
  const descriptors: Described[] = [];
  const ids: string[] = [];
  for (const layer of layers) {
    const made = path.join(work, 'layer');
    if ('packed' in layer) await call(['cp', layer.packed, made]);
    else await call(['tar', gzip ? '-czf' : '-cf', made, ...layer.tar]);
    ids.push(`sha256:${await sum(gzip ? `gzip -dc '${made}'` : `cat '${made}'`)}`);
    const hex = await sum(`cat '${made}'`);
    const size = statSync(made).size;
    renameSync(made, path.join(work, blobs, hex));
    descriptors.push({
      mediaType: gzip ? mediaTypes.ociLayerGzip : mediaTypes.ociLayer,
      digest: `sha256:${hex}`,
      size,
    });
  }
  const blob = (mediaType: string, value: unknown): Described => {
    const text = JSON.stringify(value);
    const hex = createHash('sha256').update(text).digest('hex');
    writeFileSync(path.join(work, blobs, hex), text);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
  };
  const config = blob(mediaTypes.ociConfig, {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: ids },
    history: ids.map((_, index) => ({
      created: '2020-01-01T00:00:00Z',
      created_by: `RUN /bin/sh -c step ${index}`,
    })),
  });
  const nameOf = ({ digest }: Described): string => path.join(blobs, digest.slice('sha256:'.length));
  const item = { Config: nameOf(config), RepoTags: ['bench:latest'], Layers: descriptors.map(nameOf) };
  writeFileSync(path.join(work, 'manifest.json'), JSON.stringify([item]));
  const parts = ['manifest.json', blobs];
  if (gzip) {
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: descriptors };
    const index = { schemaVersion: 2, manifests: [blob(mediaTypes.ociManifest, manifest)] };
    writeFileSync(path.join(work, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    writeFileSync(path.join(work, 'index.json'), JSON.stringify(index));
    parts.push('oci-layout', 'index.json');
  }
  await call(['tar', '-cf', file, '-C', work, ...parts]);
  rmSync(work, { recursive: true });
}

/** SHA-256 in hex of what a shell command writes. */
async function sum(command: string): Promise<string> {
  return (await call(['sh', '-c', `${command} | sha256sum`])).stdout.slice(0, 64);
}
