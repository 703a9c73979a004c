import { ToolError } from '../../core/errors.ts';
import type { Ctx } from '../../core/ctx.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';
import type { Reference } from '../../oci/reference.ts';
import type { Registry } from '../../registry/client.ts';
import { copyTarget, registrySink } from '../../registry/transfer.ts';
import type { BlobEvent } from '../../registry/transfer.ts';
import type { Store } from '../../store/store.ts';
import { openRegistry } from '../registries.ts';
import { step } from '../times.ts';
import type { BuiltImage, RegistrySettings } from '../types.ts';

/** A repository that has the blob already, wherever it is known. */
export type HomeOf = (digest: Digest) => Reference | undefined;

/**
 * Pushes every image under every name that it has. Only what is missing travels; a blob that another name's repository on the same
 * registry got before is mounted from there.
 * @throws ToolError USAGE for a name without a registry, and what registries answer
 */
export async function pushAll(
  ctx: Ctx,
  store: Store,
  images: readonly BuiltImage[],
  settings: Readonly<Record<string, RegistrySettings>>,
  homeOf?: HomeOf,
): Promise<void> {
  for (const reference of images.flatMap((image) => image.references)) refuseNameless(reference);
  const registry = await openRegistry(ctx, settings);
  for (const image of images) {
    const done: string[] = [];
    for (const reference of image.references) {
      const shown = formatReference(parseReference(reference), { short: true });
      await step(
        ctx,
        `push ${shown}`,
        async () => pushOne(ctx, store, registry, image, { name: reference, earlier: done.at(-1), homeOf }),
        (copied) =>
          copied.copied === 0
            ? 'all blobs were there'
            : `${copied.copied} of ${copied.copied + copied.mounted + copied.present} blobs`,
      );
      done.push(reference);
    }
  }
}

async function pushOne(
  ctx: Ctx,
  store: Store,
  registry: Registry,
  image: BuiltImage,
  { name, earlier, homeOf }: { name: string; earlier: string | undefined; homeOf: HomeOf | undefined },
) {
  const reference = parseReference(name);
  const before = earlier === undefined ? undefined : parseReference(earlier);
  const mountFrom = (digest: Digest): string | undefined =>
    [before, homeOf?.(digest)].find((home) => home?.registry === reference.registry)?.repository;
  const id = `push ${formatReference(reference, { short: true })}`;
  const sent = new Map<string, number>();
  const onBlob = ({ descriptor, done }: BlobEvent): void => {
    sent.set(descriptor.digest, done);
    const total = [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
    ctx.emit({ kind: 'progress', id, done: total, unit: 'bytes' });
  };
  return copyTarget(
    { source: store.blobs, descriptor: image.descriptor },
    registrySink(registry, reference, { mountFrom }),
    { onBlob },
  );
}

/** `gin-api` means Docker Hub's own `library/gin-api`, where nobody may push. */
function refuseNameless(name: string): void {
  const { registry, repository } = parseReference(name);
  if (registry !== 'docker.io' || !repository.startsWith('library/')) return;
  const short = repository.slice('library/'.length);
  throw new ToolError('USAGE', `${short} names no registry to push to`, {
    hint: `Give the image its whole name: --tag REGISTRY/TEAM/${short}:TAG, or image: in coracle.yaml.`,
  });
}
