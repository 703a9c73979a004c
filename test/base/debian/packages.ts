import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Entry } from '../../../src/layer/entry.ts';
import { readTar } from '../../../src/layer/tar-read.ts';
import type { DebianSource, LockedPackage } from '../../../src/base/debian/types.ts';

/** A mirror of the .deb files of a directory, and what an index would say of them. */
export interface PackageServer {
  readonly source: DebianSource;
  readonly records: readonly LockedPackage[];
  /** Those of these names. */
  named(...names: readonly string[]): LockedPackage[];
  stop(): Promise<void>;
}

export async function servePackages(directory: string): Promise<PackageServer> {
  const server = createServer((request, response) => {
    const name = decodeURIComponent(path.basename(request.url ?? ''));
    createReadStream(path.join(directory, name))
      .on('error', () => response.writeHead(404).end())
      .pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo;
  const mirror = `http://127.0.0.1:${port}`;
  const records = readdirSync(directory)
    .filter((name) => name.endsWith('.deb'))
    .map((file) => describe(directory, file));
  return {
    records,
    named: (...names) => records.filter(({ name }) => names.includes(name)),
    source: {
      release: 'bookworm',
      architecture: 'amd64',
      mirrors: { archive: mirror, security: mirror },
      components: ['main'],
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** apt names files `NAME_VERSION_ARCHITECTURE.deb`, with a colon as %3a. */
function describe(directory: string, file: string): LockedPackage {
  const bytes = readFileSync(path.join(directory, file));
  const [name = '', version = '', architecture = ''] = file.slice(0, -'.deb'.length).split('_');
  return {
    name,
    version: decodeURIComponent(version),
    architecture,
    filename: `pool/${file}`,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** What a comparison sees of an entry: a line; times are left out, contents are there as their digest. */
export async function describeEntry(entry: Entry): Promise<string> {
  const mode = entry.type === 'symlink' ? '' : entry.mode.toString(8);
  const line = `${entry.type} ${mode} ${entry.uid}:${entry.gid} ${entry.linkName ?? ''}`;
  if (!entry.content) return line;
  const hash = createHash('sha256');
  for await (const chunk of entry.content()) hash.update(chunk);
  return `${line}${entry.size} ${hash.digest('hex')}`;
}

/** Paths and lines; a hard link has the line of what it links to, whichever of the names comes first. */
export async function describeAll(
  entries: Iterable<Entry> | AsyncIterable<Entry>,
): Promise<Map<string, string>> {
  const lines = new Map<string, string>();
  for await (const entry of entries) {
    const line =
      entry.type === 'hardlink' ? (lines.get(entry.linkName ?? '') ?? 'lost') : await describeEntry(entry);
    if (entry.path !== '') lines.set(entry.path, line);
  }
  return lines;
}

export async function describeTar(file: string): Promise<Map<string, string>> {
  return describeAll(readTar(createReadStream(file)));
}
