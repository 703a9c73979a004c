import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cached } from '../test/components/cache.ts';
import { call } from '../test/components/program.ts';
import { debianLayer, golangLayer } from './go-base.ts';

export interface Archive {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
}

/** A layer that is there, gzipped, or as arguments of GNU tar. */
type Layer = { readonly packed: string } | { readonly tar: readonly string[] };

/** The machine's Go, or parts of it, at a place in the image. */
function goTree(goroot: string, place: string, parts: readonly string[]): Layer {
  return { tar: ['-C', goroot, `--transform=s,^,${place}/,`, ...parts] };
}

/**
 * What `docker save` writes: of an image of some 180 MB packed, its layers gzipped as Docker's containerd store has them, and of one
 * of 1 GB in plain tar, as its older store has them. Both have files that a later layer writes again, as images do; made once from
 * Debian and the machine's own Go tree, whose files are many and small.
 */
export async function explainArchives(): Promise<{ readonly small: Archive; readonly large: Archive }> {
  const { stdout } = await call(['go', 'env', 'GOVERSION', 'GOROOT']);
  const [version = 'go', goroot = ''] = stdout.trim().split('\n');
  const base = [await debianLayer(), await golangLayer()];
  const directory = await cached(`bench-explain-4-${version}`, async (fresh) => {
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
  const names: string[] = [];
  const ids: string[] = [];
  for (const layer of layers) {
    const made = path.join(work, 'layer');
    if ('packed' in layer) await call(['cp', layer.packed, made]);
    else await call(['tar', gzip ? '-czf' : '-cf', made, ...layer.tar]);
    ids.push(`sha256:${await sum(gzip ? `gzip -dc '${made}'` : `cat '${made}'`)}`);
    const name = path.join(blobs, await sum(`cat '${made}'`));
    renameSync(made, path.join(work, name));
    names.push(name);
  }
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: ids },
    history: ids.map((_, index) => ({
      created: '2020-01-01T00:00:00Z',
      created_by: `RUN /bin/sh -c step ${index}`,
    })),
  };
  const manifest = [{ Config: 'config.json', RepoTags: ['bench:latest'], Layers: names }];
  writeFileSync(path.join(work, 'config.json'), JSON.stringify(config));
  writeFileSync(path.join(work, 'manifest.json'), JSON.stringify(manifest));
  await call(['tar', '-cf', file, '-C', work, 'manifest.json', 'config.json', ...names]);
  rmSync(work, { recursive: true });
}

/** SHA-256 in hex of what a shell command writes. */
async function sum(command: string): Promise<string> {
  return (await call(['sh', '-c', `${command} | sha256sum`])).stdout.slice(0, 64);
}
