/** Bad days with images: flipped bits in the store are found and never shipped; layers that would break out of their root do not. */
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import { openStore } from '../../src/store/store.ts';
import { file, tar } from '../archive/images.ts';
import { startTokenRegistry } from '../components/token-registry.ts';
import type { TokenRegistry } from '../components/token-registry.ts';
import { sharedTempDir, tempDir, testCtx } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { coracle, coracleOk } from './coracle.ts';
import { blobFile, failsWith, leftovers, tiny } from './tiny.ts';

const { directory: root, remove } = sharedTempDir();
const source = path.join(root, 'source');
const first = path.join(root, 'home');
const name = 'team/tiny:1';

/** As much of the build's document as is looked at. */
interface Built {
  readonly images: readonly {
    readonly descriptor: { readonly digest: string };
    readonly platforms: readonly { readonly layers: readonly { readonly digest: string }[] }[];
  }[];
}

interface Parts {
  readonly manifest: string;
  readonly config: string;
  readonly base: string;
  readonly program: string;
}
let parts: Parts;

async function registry(): Promise<TokenRegistry> {
  const started = await startTokenRegistry();
  onTestFinished(async () => started.stop());
  return started;
}

beforeAll(async () => {
  tiny(source);
  const built = parseJson<Built>(
    await coracleOk(['build', source, '-t', name, '--base', 'static', '--json'], {
      env: { CORACLE_HOME: first },
    }),
  );
  const manifest = built.images[0]?.descriptor.digest ?? '';
  const body = parseJson<{ config: { digest: string }; layers: { digest: string }[] }>(
    readFileSync(blobFile(first, manifest), 'utf8'),
  );
  const [base, program] = body.layers;
  parts = { manifest, config: body.config.digest, base: base?.digest ?? '', program: program?.digest ?? '' };
  return remove;
});

/** A copy of the home in which one blob has a flipped bit, and its old times. */
function damaged(part: keyof Parts): string {
  const home = path.join(tempDir(), 'home');
  cpSync(first, home, { recursive: true, preserveTimestamps: true });
  flip(blobFile(home, parts[part]));
  return home;
}

function flip(blob: string): void {
  const bytes = readFileSync(blob);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 0x10, middle);
  chmodSync(blob, 0o644);
  writeFileSync(blob, bytes);
}

async function unsound(home: string): Promise<string[]> {
  const verdicts: string[] = [];
  const store = await openStore(testCtx({ home }));
  for await (const { digest, ok, why } of store.verify()) if (!ok) verdicts.push(`${digest} ${why}`);
  return verdicts;
}

function everyBlobIsSound(server: TokenRegistry): void {
  for (const [key, bytes] of server.blobs) expect(key).toContain(digestOf(bytes));
}

describe.each(['base', 'program', 'config', 'manifest'] as const)('flipped bits in the %s', (part) => {
  it('are found by push and copy, and nothing is shipped', async () => {
    const server = await registry();
    const out = tempDir();
    for (const args of [
      ['push', name, `${server.host}/team/tiny:1`],
      ['copy', name, `${server.host}/team/tiny:1`],
      ['copy', name, `oci:${out}/layout.tar`],
      ['copy', name, `docker-archive:${out}/docker.tar`],
    ]) {
      const home = damaged(part);
      const { stderr } = await failsWith('BLOB_CORRUPT', args, { home });
      expect(stderr).toContain(parts[part]);
      expect(existsSync(blobFile(home, parts[part]))).toBe(false);
    }
    expect(server.manifests.size).toBe(0);
    everyBlobIsSound(server);
    expect(readdirSync(out)).toEqual([]);
    // A layout directory may keep sound blobs, but names nothing.
    await failsWith('BLOB_CORRUPT', ['copy', name, `oci:${out}/layout`], { home: damaged(part) });
    expect(existsSync(path.join(out, 'layout', 'index.json'))).toBe(false);
  });

  it('are mended by a build, which ships what it always shipped', async () => {
    const server = await registry();
    const out = tempDir();
    const reference = `${server.host}/team/tiny:1`;
    for (const args of [
      ['-t', reference, '--push'],
      ['-t', name, '-o', `type=oci,dest=${out}/layout.tar`],
      ['-t', name, '-o', `type=oci,tar=false,dest=${out}/layout`],
      ['-t', name, '-o', `type=docker,dest=${out}/docker.tar`],
      ['-t', name, '-o', `type=tar,dest=${out}/root.tar`],
      ['-t', name, '-o', `type=local,dest=${out}/root`],
    ]) {
      const home = damaged(part);
      const built = parseJson<Built>(
        await coracleOk(['build', source, '--base', 'static', '--json', ...args], {
          env: { CORACLE_HOME: home },
        }),
      );
      expect(built.images[0]?.descriptor.digest).toBe(parts.manifest);
      // The registry and the archives need every part; a root file system needs no more than it reads.
      if (!/type=(tar|local)/.test(args.join(' '))) expect(await unsound(home)).toEqual([]);
      expect(leftovers(home)).toEqual([]);
    }
    everyBlobIsSound(server);
    expect([...server.manifests.keys()]).toContain(`team/tiny ${parts.manifest}`);
    expect(`sha256:${path.basename(blobFile(first, parts.program))}`).toBe(parts.program);
    const copied = await coracleOk(['inspect', `oci:${out}/layout`, '--json'], {
      env: { CORACLE_HOME: first },
    });
    expect(copied).toContain(parts.manifest);
  });
});

it('flipped bits in a base that was pulled are fetched again', async () => {
  const server = await registry();
  const home = tempDir();
  await putBase(server, await tar(file('etc/motd', 'hello\n'.repeat(1000))));
  const args = ['build', source, '-t', 'based', '--base', `${server.host}/team/base:1`, '--json'];
  const build = async (): Promise<{ digest: string; layers: string[] }> => {
    const { images } = parseJson<Built>(
      await coracleOk([...args, '-o', `type=oci,dest=${tempDir()}/x.tar`], { env: { CORACLE_HOME: home } }),
    );
    return {
      digest: images[0]?.descriptor.digest ?? '',
      layers: images[0]?.platforms[0]?.layers.map(({ digest }) => digest) ?? [],
    };
  };
  const built = await build();
  flip(blobFile(home, built.layers[0] ?? ''));
  expect(await build()).toEqual(built);
  expect(await unsound(home)).toEqual([]);
});

/** An image of one layer to build on. */
async function putBase(
  server: TokenRegistry,
  layer: Buffer,
  packed: Buffer = gzipSync(layer),
): Promise<void> {
  const bytes = packed;
  const diffId = digestOf(layer);
  const config = Buffer.from(
    JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [diffId] } }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: {
      mediaType: mediaTypes.ociConfig,
      digest: server.putBlob('team/base', config),
      size: config.length,
    },
    layers: [
      { mediaType: mediaTypes.ociLayerGzip, digest: server.putBlob('team/base', bytes), size: bytes.length },
    ],
  };
  server.putManifest('team/base', '1', mediaTypes.ociManifest, Buffer.from(JSON.stringify(manifest)));
}

describe('a layer that leaves its root', () => {
  /** A link may be taken to lead somewhere within the root; what counts is that nothing outside is touched. */
  const contained = /exit (0|3) /;

  it.each<[string, RegExp, readonly Hostile[]]>([
    ['by ..', /exit 3 [^]*\[ARCHIVE_UNSAFE\]/, [{ path: '../evil' }]],
    ['by .. in the middle', /exit 3 [^]*\[ARCHIVE_UNSAFE\]/, [{ path: 'a/../../evil' }]],
    ['by a link that it writes through', contained, [{ path: 'out', symlink: '..' }, { path: 'out/evil' }]],
    [
      'by an absolute link that it writes through',
      contained,
      [{ path: 'out', symlink: '/tmp' }, { path: 'out/evil' }],
    ],
    ['by a hard link', /exit 3 [^]*\[ARCHIVE_UNSAFE\]/, [{ path: 'evil', hardlink: '../secret' }]],
    [
      'by a hard link through a symbolic one',
      /exit 3 [^]*\[(ARCHIVE_UNSAFE|IMAGE_INVALID)\]/,
      [
        { path: 'out', symlink: '..' },
        { path: 'evil', hardlink: 'out/secret' },
      ],
    ],
  ])('%s', async (_, verdict, entries) => {
    const server = await registry();
    await putBase(server, hostileTar(entries));
    const around = tempDir();
    writeFileSync(path.join(around, 'secret'), 'secret');
    const home = tempDir();
    const base = `${server.host}/team/base:1`;
    const args = ['build', source, '-t', 'evil', '--base', base, '-o', `type=local,dest=${around}/root`];
    const exit = await coracle(args, { env: { CORACLE_HOME: home } });
    expect(`exit ${exit.code} ${exit.stderr}`).toMatch(verdict);
    expect(readdirSync(around).filter((entry) => entry !== 'root')).toEqual(['secret']);
    expect(existsSync('/tmp/evil')).toBe(false);
    expect(leftovers(home)).toEqual([]);
  });

  it('is carried whole by a copy, which unpacks nothing', async () => {
    const server = await registry();
    await putBase(server, hostileTar([{ path: '../evil' }]));
    const out = tempDir();
    await coracleOk(['copy', `${server.host}/team/base:1`, `oci:${out}/x`], {
      env: { CORACLE_HOME: tempDir() },
    });
    expect(readdirSync(out)).toEqual(['x']);
  });
});

it('a gzip bomb is stopped', async () => {
  const server = await registry();
  const home = tempDir();
  await putBase(server, Buffer.from('whatever'), bomb(8));
  const args = ['build', source, '-t', 'bomb', '--base', `${server.host}/team/base:1`];
  await failsWith('ARCHIVE_TOO_LARGE', args, { home });
});

/** So many GiB of zeros in a thousandth of that: one gzip member of 64 MiB, again and again. */
function bomb(gibibytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
  return Buffer.concat(Array.from({ length: gibibytes * 16 }, () => member));
}

interface Hostile {
  readonly path: string;
  readonly symlink?: string;
  readonly hardlink?: string;
}

/** A tar as a hostile writer makes it (USTAR): our own refuses such paths. Files hold `evil`. */
function hostileTar(entries: readonly Hostile[]): Buffer {
  const blocks = entries.flatMap(({ path: name, symlink, hardlink }) => {
    const link = symlink ?? hardlink ?? '';
    const content = link === '' ? Buffer.from('evil') : Buffer.alloc(0);
    const header = Buffer.alloc(512);
    header.write(name, 0);
    for (const [at, digits, value] of [
      [100, 7, 0o644],
      [108, 7, 0],
      [116, 7, 0],
      [124, 11, content.length],
      [136, 11, 0],
    ] as const)
      header.write(value.toString(8).padStart(digits, '0'), at);
    header.write(' '.repeat(8), 148);
    header.write(symlink === undefined ? (hardlink === undefined ? '0' : '1') : '2', 156);
    header.write(link, 157);
    header.write('ustar', 257);
    header.write('00', 263);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
