import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { caBundle } from '../../../src/base/ca-bundle.ts';
import { directoryEntry, fileEntry, root } from '../../../src/base/parts/entry.ts';
import type { ComposedBase } from '../../../src/bases/types.ts';
import { compareNames } from '../../../src/layer/names.ts';
import type { Entry } from '../../../src/layer/entry.ts';
import { findProgram } from '../../components/program.ts';

/** A file's text, or an entry as it is; null leaves out what the base has. */
export type Changes = Readonly<Record<string, string | Entry | null>>;

/** A base that can do what the tests ask: a shell, users, authorities, /tmp. Each test breaks one thing of it. */
export function smallBase(changes: Changes = {}): ComposedBase {
  const all = new Map<string, Entry>(
    [
      directoryEntry('bin', 0o755, root, 0),
      directoryEntry('etc', 0o755, root, 0),
      directoryEntry('etc/ssl', 0o755, root, 0),
      directoryEntry('etc/ssl/certs', 0o755, root, 0),
      directoryEntry('tmp', 0o1777, root, 0),
      program('bin/busybox', readFileSync(findProgram('busybox') ?? '')),
      ...['sh', 'id', 'date', 'wget'].map(toBusybox),
      fileEntry('etc/passwd', 'root:x:0:0::/root:/bin/sh\nnonroot:x:65532:65532::/:/bin/sh\n', 0),
      fileEntry('etc/ssl/certs/ca-certificates.crt', caBundle().pem, 0),
    ].map((entry) => [entry.path, entry]),
  );
  for (const [path, change] of Object.entries(changes)) {
    if (change === null) all.delete(path);
    else all.set(path, typeof change === 'string' ? fileEntry(path, change, 0) : change);
  }
  const entries = [...all.values()].sort((one, other) => compareNames(one.path, other.path));
  const key = createHash('sha256').update(JSON.stringify(changes)).digest('hex');
  return {
    ...{ kind: 'files', name: 'small', key, generated: [], omitted: [], reasons: [] },
    entries: async () => entries,
  };
}

/** A program of a base. */
export function program(path: string, content: string | Uint8Array): Entry {
  return { ...fileEntry(path, content, 0), mode: 0o755 };
}

function toBusybox(name: string): Entry {
  return { ...directoryEntry(`bin/${name}`, 0o777, root, 0), type: 'symlink', linkName: 'busybox' };
}
