/**
 * images/ is what the image verbs do: push, pull, copy, inspect, list, tag, remove, prune. It moves images that exist; how they are
 * made, and how results look, it must not know.
 */
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { BlobSource } from '../oci/image.ts';
import { formatReference, isTag, parseReference } from '../oci/reference.ts';
import type { Descriptor } from '../oci/types.ts';
import { openStore, type Store } from '../store/store.ts';
import { formatPlace, parsePlace, type Place } from './place.ts';
import { openRegistry, type RegistryAccess } from './registries.ts';

/** An image or index found at its place, ready to be read. */
export interface Source {
  /** Never `named` or `id`: it has been found. */
  readonly place: Place;
  /** For people. */
  readonly name: string;
  readonly source: BlobSource;
  readonly descriptor: Descriptor;
}

/**
 * Finds what a text names: a name in the store first, then at its registry; a digest or the beginning of one in the store; an archive.
 * @throws ToolError NOT_FOUND, REFERENCE_INVALID, and whatever a registry or archive gives
 */
export async function resolveSource(ctx: Ctx, text: string, access: RegistryAccess): Promise<Source> {
  const place = parsePlace(text, ctx.cwd);
  switch (place.kind) {
    case 'oci':
    case 'docker-archive':
      return fromArchive(ctx, text, place);
    case 'registry':
      return fromRegistry(ctx, place, access);
    case 'store': {
      const found = await fromStore(await openStore(ctx), place);
      if (found) return found;
      throw new ToolError('NOT_FOUND', `the store has no ${formatPlace(place, ctx.cwd)}`, {
        hint: 'coracle images lists what it has.',
      });
    }
    case 'named':
      return (await fromStore(await openStore(ctx), place)) ?? fromRegistry(ctx, place, access);
    case 'id':
    default:
      return byId(ctx, place, access);
  }
}

type Named = Extract<Place, { reference: unknown; kind: 'store' | 'registry' | 'named' }>;

async function fromStore(store: Store, { reference }: Named): Promise<Source | undefined> {
  const { digest, ...withoutDigest } = reference;
  const name = formatReference(reference, { short: true });
  const place = { kind: 'store' as const, reference };
  if (digest === undefined) {
    const stored = await store.refs.get(formatReference(reference));
    return stored && { place, name, source: store.blobs, descriptor: stored.descriptor };
  }
  const named = (await store.refs.list()).find(
    (ref) =>
      ref.descriptor.digest === digest &&
      ref.name.startsWith(
        formatReference({ registry: withoutDigest.registry, repository: withoutDigest.repository }),
      ),
  );
  return named && { place, name, source: store.blobs, descriptor: named.descriptor };
}

async function fromRegistry(ctx: Ctx, { reference }: Named, access: RegistryAccess): Promise<Source> {
  const registry = await openRegistry(ctx, access);
  const descriptor = await registry.resolve(reference);
  const place = { kind: 'registry' as const, reference };
  return {
    place,
    name: formatReference(reference, { short: true }),
    source: registry.source(reference),
    descriptor,
  };
}

async function fromArchive(ctx: Ctx, text: string, place: Place): Promise<Source> {
  const { openSource } = await import('../archive/source.ts');
  const { source, target, name } = await openSource(ctx, text.replace(/^oci-archive:/, 'oci:'));
  // An archive that says a whole name keeps it; see archive.ts.
  const reference = name === undefined || isTag(name) ? undefined : parseReference(name);
  return {
    place: reference && place.kind === 'docker-archive' ? { ...place, reference } : place,
    name: formatPlace(place, ctx.cwd),
    source,
    descriptor: target.descriptor,
  };
}

async function byId(
  ctx: Ctx,
  place: Extract<Place, { kind: 'id' }>,
  access: RegistryAccess,
): Promise<Source> {
  const store = await openStore(ctx);
  const all = await store.refs.list();
  const found = all.filter((ref) => ref.descriptor.digest.startsWith(`sha256:${place.hex}`));
  const [first] = found;
  if (new Set(found.map((ref) => ref.descriptor.digest)).size > 1) {
    throw new ToolError('REFERENCE_INVALID', `${place.hex} begins several digests`, {
      detail: found.map((ref) => `${ref.descriptor.digest}  ${ref.name}`).join('\n'),
      hint: 'Write more of it.',
    });
  }
  if (first) {
    return {
      place: { kind: 'store', reference: parseReference(first.name) },
      name: first.name,
      source: store.blobs,
      descriptor: first.descriptor,
    };
  }
  // `decade` may also be a name.
  if (place.reference) {
    const named = { kind: 'named' as const, reference: place.reference };
    return (await fromStore(store, named)) ?? fromRegistry(ctx, named, access);
  }
  throw new ToolError('NOT_FOUND', `no name in the store stands for ${place.hex}`, {
    hint: 'coracle images lists what it has.',
  });
}
