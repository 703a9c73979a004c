import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { cached } from '../test/components/cache.ts';
import { call } from '../test/components/program.ts';
import type { Workshop } from './workshop.ts';

/** Debian's smallest installation as a tar, made once. */
export async function debianLayer(): Promise<string> {
  const directory = await cached('bench-debian-1', async (fresh) => {
    const tar = path.join(fresh, 'root.tar');
    await call(['mmdebstrap', '--variant=minbase', '--include=ca-certificates', 'bookworm', tar]);
    await call(['gzip', '-1', tar]);
  });
  return path.join(directory, 'root.tar.gz');
}

/** This machine's Go as the layer that golang images have. */
export async function golangLayer(): Promise<string> {
  const { stdout } = await call(['go', 'env', 'GOVERSION', 'GOROOT']);
  const [version = 'go', goroot = ''] = stdout.trim().split('\n');
  const directory = await cached(`bench-golang-${version}`, async (fresh) => {
    const layer = path.join(fresh, 'go.tar.gz');
    const rename = `s,^${path.basename(goroot)},usr/local/go,`;
    await call([
      'tar',
      '-czf',
      layer,
      '-C',
      path.dirname(goroot),
      `--transform=${rename}`,
      path.basename(goroot),
    ]);
  });
  return path.join(directory, 'go.tar.gz');
}

/** A debian image in the workshop's registry. @returns its reference */
export async function debianReference(at: Workshop): Promise<string> {
  const reference = `${at.registry.host}/debian:bench`;
  const layer = await debianLayer();
  await call([at.crane, 'append', '--new_layer', layer, '--new_tag', reference, '--oci-empty-base']);
  await call([at.crane, 'mutate', reference, '--set-platform', 'linux/amd64', '--tag', reference]);
  return reference;
}

/** An image like Docker Hub's golang, in the workshop's registry. @returns its reference */
export async function golangReference(at: Workshop): Promise<string> {
  const reference = `${at.registry.host}/golang:bench`;
  const debian = await debianReference(at);
  mkdirSync(at.home, { recursive: true });
  await call([
    at.crane,
    'append',
    '--base',
    debian,
    '--new_layer',
    await golangLayer(),
    '--new_tag',
    reference,
  ]);
  await call([
    at.crane,
    ...['mutate', reference, '--tag', reference, '--workdir', '/go'],
    ...[
      '--env',
      'PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ],
    ...['--env', 'GOPATH=/go', '--env', 'GOTOOLCHAIN=local'],
  ]);
  return reference;
}
