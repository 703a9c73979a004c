/** A base image with Go and a shell, made of the machine's own; and builds of Dockerfiles on it, as a user runs them. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cached } from '../components/cache.ts';
import { goCommand } from '../components/go.ts';
import { call, findProgram } from '../components/program.ts';
import { parseJson } from '../support/json.ts';

/** To be raised with any change of the base. */
const version = 2;

const applets = 'sh cat cp mv rm ln mkdir ls test [ echo touch chmod true false env grep find stat id';

/** @returns the named context `go`: what `FROM go` means */
export async function goBase(): Promise<string> {
  const goroot = (await goCommand(['env', 'GOROOT'])).trim();
  const release = (await goCommand(['env', 'GOVERSION'])).trim();
  const layout = await cached(`go-base-${version}-${release}`, async (fresh) => {
    const root = path.join(fresh, 'root');
    await toolchain(goroot, path.join(root, 'usr/local/go'));
    for (const name of ['bin', 'etc', 'go/src', 'go/bin', 'tmp', 'root', 'home/app', 'proc', 'sys', 'dev'])
      mkdirSync(path.join(root, name), { recursive: true });
    cpSync(findProgram('busybox') ?? 'busybox', path.join(root, 'bin/busybox'), { dereference: true });
    for (const name of applets.split(' ')) symlinkSync('busybox', path.join(root, 'bin', name));
    writeFileSync(
      path.join(root, 'etc/passwd'),
      'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n',
    );
    writeFileSync(path.join(root, 'etc/group'), 'root:x:0:\napp:x:1000:\n');
    const tar = path.join(fresh, 'layer.tar');
    await call(['chmod', '1777', path.join(root, 'tmp'), path.join(root, 'go')]);
    await call(['chown', '-R', '1000:1000', path.join(root, 'home/app')]);
    await call(['tar', '--numeric-owner', '--sort=name', '-cf', tar, '-C', root, '.']);
    rmSync(root, { recursive: true });
    writeLayout(fresh, tar);
  });
  const { manifests } = parseJson<{ manifests: readonly { digest: string }[] }>(
    readFileSync(path.join(layout, 'index.json'), 'utf8'),
  );
  return `go=oci-layout://${layout}@${manifests[0]?.digest ?? ''}`;
}

/**
 * What it takes to compile: not the sources of the go command, nor tests. The runtime is compiled already, as Go itself came until 1.20: each
 * build with empty caches would compile it again, and these tests are about what lies above it.
 */
async function toolchain(from: string, to: string): Promise<void> {
  for (const name of ['VERSION', 'go.env', 'bin/go', 'pkg/include', 'pkg/tool', 'src', 'lib/time'])
    cpSync(path.join(from, name), path.join(to, name), {
      recursive: true,
      filter: (file) => !/\/src\/cmd$|\/testdata$|_test\.go$/.test(file),
    });
  await goCommand(['install', 'runtime', 'testing/internal/testdeps'], {
    cwd: to,
    env: { GOROOT: to, GODEBUG: compiledRuntime, CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local' },
  });
}

/** The go command's own setting: packages of the standard library are kept in its GOROOT, and used from there. */
const compiledRuntime = 'installgoroot=all';

function writeLayout(layout: string, tar: string): void {
  const blobs = path.join(layout, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (bytes: Buffer, mediaType: string): object => {
    const digest = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(path.join(blobs, digest), bytes);
    return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
  };
  const json = (value: object, mediaType: string): object =>
    put(Buffer.from(JSON.stringify(value)), mediaType);
  const bytes = readFileSync(tar);
  const digest = createHash('sha256').update(bytes).digest('hex');
  renameSync(tar, path.join(blobs, digest));
  const layer = {
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: `sha256:${digest}`,
    size: bytes.length,
  };
  const config = json(
    {
      ...{ architecture: 'amd64', os: 'linux' },
      config: {
        Env: [
          'PATH=/go/bin:/usr/local/go/bin:/bin',
          'GOPATH=/go',
          'GOTOOLCHAIN=local',
          'GOSUMDB=off',
          `GODEBUG=${compiledRuntime}`,
        ],
        WorkingDir: '/go',
      },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    },
    'application/vnd.oci.image.config.v1+json',
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = json({ schemaVersion: 2, mediaType, config, layers: [layer] }, mediaType);
  writeFileSync(path.join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(path.join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
}
