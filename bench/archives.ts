import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cached } from '../test/components/cache.ts';
import { call } from '../test/components/program.ts';

export interface Archive {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
}

/** A layer as arguments of GNU tar, after `-cf FILE`. */
type Layer = readonly string[];

/** The machine's Go, or parts of it, at a place in the image. */
function goTree(goroot: string, place: string, parts: readonly string[]): Layer {
  return ['-C', goroot, `--transform=s,^,${place}/,`, ...parts];
}

/**
 * What `docker save` writes: of an image of some 180 MB, and of one of about 1 GB. Both have files that a later layer writes again,
 * as images do; made once from the machine's own Go tree, whose files are many and small.
 */
export async function explainArchives(): Promise<{ readonly small: Archive; readonly large: Archive }> {
  const { stdout } = await call(['go', 'env', 'GOVERSION', 'GOROOT']);
  const [version = 'go', goroot = ''] = stdout.trim().split('\n');
  const directory = await cached(`bench-explain-1-${version}`, async (fresh) => {
    const tree = (place: string, ...parts: readonly string[]): Layer => goTree(goroot, place, parts);
    await dockerArchive(path.join(fresh, 'small.tar'), [
      tree('usr/local/go', 'src'),
      tree('usr/local/go', 'bin'),
      tree('usr/local/go', 'src/cmd'),
    ]);
    await dockerArchive(path.join(fresh, 'large.tar'), [
      tree('usr/local/go', '.'),
      tree('opt/other', '.'),
      tree('usr/local/go', '.'),
      tree('srv/third', '.'),
    ]);
  });
  const archive = (name: string): Archive => {
    const file = path.join(directory, name);
    return { file, size: statSync(file).size };
  };
  return { small: archive('small.tar'), large: archive('large.tar') };
}

async function dockerArchive(file: string, layers: readonly Layer[]): Promise<void> {
  const work = `${file}.parts`;
  mkdirSync(work);
  const names: string[] = [];
  const ids: string[] = [];
  for (const [index, layer] of layers.entries()) {
    const name = path.join(String(index), 'layer.tar');
    mkdirSync(path.join(work, String(index)));
    await call(['tar', '-cf', path.join(work, name), ...layer]);
    names.push(name);
    ids.push(`sha256:${await sha256(path.join(work, name))}`);
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

async function sha256(file: string): Promise<string> {
  return (await call(['sha256sum', file])).stdout.slice(0, 64);
}
