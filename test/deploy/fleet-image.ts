import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Ctx } from '../../src/core/ctx.ts';
import type { DeployImage } from '../../src/deploy/types.ts';
import type { Descriptor } from '../../src/oci/types.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import { openStore } from '../../src/store/store.ts';
import { call } from '../components/program.ts';

/** A layer with one file of so many random bytes. */
export async function randomLayer(bytes: number): Promise<Uint8Array> {
  const directory = await mkdtemp(path.join(tmpdir(), 'coracle-test-'));
  await writeFile(path.join(directory, `file-${bytes}`), randomBytes(bytes));
  const tar = `${directory}.tar`;
  await call(['tar', '-C', directory, '--owner=0', '--group=0', '-cf', tar, '.']);
  const layer = await readFile(tar);
  await rm(directory, { recursive: true });
  await rm(tar);
  return layer;
}

/** An image of these layers in the store, for this machine's processor and for one that nobody has. */
export async function storedImage(ctx: Ctx, layers: readonly Uint8Array[]): Promise<DeployImage> {
  const { blobs } = await openStore(ctx);
  const put = async (bytes: Uint8Array | object, mediaType: string): Promise<Descriptor> => {
    const whole = bytes instanceof Uint8Array ? bytes : Buffer.from(JSON.stringify(bytes));
    return { mediaType, ...(await blobs.put(whole)) };
  };
  const images = await Promise.all(
    ['amd64', 'riscv64'].map(async (architecture) => {
      const platform = { os: 'linux', architecture };
      const stored = await Promise.all(layers.map(async (layer) => put(layer, mediaTypes.ociLayer)));
      const config = {
        ...platform,
        rootfs: { type: 'layers', diff_ids: stored.map(({ digest }) => digest) },
      };
      const manifest = await put(
        {
          ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
          ...{ config: await put(config, mediaTypes.ociConfig), layers: stored },
        },
        mediaTypes.ociManifest,
      );
      return { ...manifest, platform };
    }),
  );
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: images };
  const { digest } = await put(index, mediaTypes.ociIndex);
  return {
    ...{ digest, stored: true, repository: undefined },
    ...{ platforms: ['linux/amd64', 'linux/riscv64'], version: 'v1' },
  };
}

export async function indexOf(ctx: Ctx, { digest }: DeployImage): Promise<Descriptor> {
  const size = (await (await openStore(ctx)).blobs.has(digest)) ?? 0;
  return { mediaType: mediaTypes.ociIndex, digest, size };
}
