import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LayerIndex } from '../../../src/layer/layer-index.ts';
import type { LayerId, Snapshots } from '../../../src/snapshot/types.ts';
import { findProgram } from '../../components/program.ts';

/** A file by its text, a directory by `null`, a link by `-> where`, or with mode and owner. */
export type File =
  | string
  | null
  /** A directory of this mode. */
  | { readonly directory: number }
  | { readonly text: string | Buffer; readonly mode?: number; readonly uid?: number; readonly gid?: number };

export const passwd = 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:App:/home/app:/bin/sh\n';
export const group = 'root:x:0:\napp:x:1000:\nusers:x:100:app\n';

const applets =
  'sh cat ls id env echo mkdir rm rmdir chmod chown stat touch sleep hostname mount find grep test [ pwd kill wc ln df head nc wget ip true false printf readlink ulimit tr date'.split(
    ' ',
  );

/** A base with a shell and two users. */
export function busybox(): Record<string, File> {
  const program = findProgram('busybox');
  if (program === undefined) throw new Error('busybox (Debian: busybox-static) is not installed');
  return {
    bin: null,
    'bin/busybox': { text: readFileSync(program), mode: 0o755 },
    ...Object.fromEntries(applets.map((name) => [`bin/${name}`, '-> busybox'])),
    dev: null,
    etc: null,
    'etc/group': group,
    'etc/passwd': passwd,
    home: null,
    proc: null,
    root: null,
    sys: null,
    tmp: { directory: 0o1777 },
  };
}

/** Makes a layer known; parents must stand before what is in them. */
export async function addLayer(
  snapshots: Snapshots,
  files: Readonly<Record<string, File>>,
): Promise<LayerId> {
  const contents = new Map<string, Buffer>();
  const index: LayerIndex = Object.entries(files)
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([path, file]) => {
      const base = { path, mode: 0o755, uid: 0, gid: 0, mtime: 1_600_000_000, size: 0 };
      if (file === null) return { ...base, type: 'directory' };
      if (typeof file === 'object' && 'directory' in file)
        return { ...base, type: 'directory', mode: file.directory };
      if (typeof file === 'string' && file.startsWith('-> '))
        return { ...base, type: 'symlink', mode: 0o777, linkName: file.slice(3) };
      const { text, mode = 0o644, uid = 0, gid = 0 } = typeof file === 'string' ? { text: file } : file;
      const bytes = Buffer.from(text);
      contents.set(path, bytes);
      const digest = createHash('sha256').update(bytes).digest('hex');
      return { ...base, type: 'file', mode, uid, gid, size: bytes.length, digest };
    });
  return snapshots.add(index, async function* ({ path }) {
    yield contents.get(path) ?? Buffer.alloc(0);
  });
}
