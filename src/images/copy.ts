import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { interruptible } from '../oci/interruptible.ts';
import { parsePlatform } from '../oci/platform.ts';
import { formatReference, parseReference, withDefaultTag, type Reference } from '../oci/reference.ts';
import type { Descriptor, Platform } from '../oci/types.ts';
import { copyTarget, registrySink, storeSink, type Copied } from '../registry/transfer.ts';
import { openStore } from '../store/store.ts';
import { writeArchive } from './archive.ts';
import { formatPlace, namesRegistry, parsePlace, type Place } from './place.ts';
import { openRegistry, type RegistryAccess } from './registries.ts';
import { resolveSource, type Source } from './source.ts';
import { blobSteps } from './steps.ts';

export interface CopyRequest {
  readonly from: string;
  readonly to: string;
  /** Of an index only this platform's image; without it the index whole. */
  readonly platform?: string;
  readonly access: RegistryAccess;
}

/** What was copied where, and how much of it had to move. */
export interface CopyResult {
  readonly from: string;
  readonly to: string;
  readonly descriptor: Descriptor;
  /** Blobs sent, mounted from another repository, and found there. */
  readonly copied: number;
  readonly mounted: number;
  readonly present: number;
  /** Bytes of the blobs that were sent. */
  readonly bytes: number;
}

/**
 * Copies an image or index between any two places, only what is missing.
 * @throws ToolError NOT_FOUND, REFERENCE_INVALID, and whatever the places give
 */
export async function copyImage(ctx: Ctx, request: CopyRequest): Promise<CopyResult> {
  const destination = destinationOf(request.to, ctx.cwd);
  const platform = request.platform === undefined ? undefined : parsePlatform(request.platform);
  const source = await resolveSource(ctx, request.from, request.access);
  return move(ctx, source, destination, request.access, platform);
}

/**
 * Pushes a name of the store to a registry: to `to`, or where the name itself says.
 * @throws ToolError NOT_FOUND when the store has no such name; USAGE when no registry is named
 */
export async function pushImage(
  ctx: Ctx,
  request: Omit<CopyRequest, 'to'> & { readonly to?: string },
): Promise<CopyResult> {
  const platform = request.platform === undefined ? undefined : parsePlatform(request.platform);
  const place = parsePlace(request.from, ctx.cwd);
  const from = place.kind === 'named' ? `store:${request.from}` : request.from;
  const source = await resolveSource(ctx, from, request.access);
  const target = request.to ?? (source.place.kind === 'store' ? formatReference(source.place.reference) : '');
  const own = source.place.kind === 'store' ? source.place.reference : undefined;
  const reference = pushReference(target, own);
  if (
    request.to === undefined &&
    reference.registry === 'docker.io' &&
    reference.repository.startsWith('library/')
  ) {
    throw new ToolError('USAGE', `${source.name} names no registry to push to`, {
      hint: `coracle push ${source.name} registry.example.com/team/${reference.repository.slice('library/'.length)}`,
    });
  }
  return move(ctx, source, { kind: 'registry', reference }, request.access, platform);
}

/**
 * Pulls an image or index from its registry into the store, under its name.
 * @throws ToolError NOT_FOUND and what registries give
 */
export async function pullImage(ctx: Ctx, request: Omit<CopyRequest, 'to'>): Promise<CopyResult> {
  const platform = request.platform === undefined ? undefined : parsePlatform(request.platform);
  const reference = withDefaultTag(parseReference(request.from.replace(/^docker:\/\//, '')));
  const source = await resolveSource(ctx, `docker://${formatReference(reference)}`, request.access);
  return move(ctx, source, { kind: 'store', reference }, request.access, platform);
}

/** A destination without a tag takes the source's. */
function pushReference(text: string, own: Reference | undefined): Reference {
  if (text === '')
    throw new ToolError('USAGE', 'there is no registry to push to', {
      hint: 'Name it: coracle push NAME REGISTRY/NAME',
    });
  const reference = parseReference(text.replace(/^docker:\/\//, ''));
  if (reference.tag === undefined && reference.digest === undefined && own?.tag !== undefined)
    return { ...reference, tag: own.tag };
  return withDefaultTag(reference);
}

/** Where a copy goes: names with a registry in front go there, others into the store. */
function destinationOf(text: string, cwd: string): Place {
  const place = parsePlace(text, cwd);
  if (place.kind === 'id' && place.reference) return { kind: 'store', reference: place.reference };
  if (place.kind === 'id')
    throw new ToolError('REFERENCE_INVALID', `${text} is a digest; a copy needs a name`);
  if (place.kind !== 'named') return place;
  return { kind: namesRegistry(text) ? 'registry' : 'store', reference: place.reference };
}

async function move(
  ctx: Ctx,
  from: Source,
  to: Place,
  access: RegistryAccess,
  platform: Platform | undefined,
): Promise<CopyResult> {
  const source = { ...from, source: interruptible(from.source, ctx.signal) };
  const options = { ...(platform ? { platform } : {}), onBlob: blobSteps(ctx) };
  const names = { from: source.name, to: formatPlace(to, ctx.cwd) };
  const done = (copied: Copied): CopyResult => ({ ...names, ...copied });
  switch (to.kind) {
    case 'registry': {
      const registry = await openRegistry(ctx, access);
      return done(
        await copyTarget(
          source,
          registrySink(registry, to.reference, mountFrom(source, to.reference)),
          options,
        ),
      );
    }
    case 'store': {
      const store = await openStore(ctx);
      const copied = await copyTarget(source, storeSink(store.blobs), options);
      await store.refs.set(formatReference(to.reference), copied.descriptor);
      return done(copied);
    }
    case 'oci':
    case 'docker-archive':
      return done(await writeArchive(ctx, source, to, platform));
    case 'named':
    case 'id':
    default:
      throw new Error(`a copy to ${to.kind}`);
  }
}

/** Blobs that are in another repository of the same registry need not travel. */
function mountFrom({ place }: Source, to: Reference): { mountFrom?: string } {
  if (place.kind !== 'registry' || place.reference.registry !== to.registry) return {};
  return { mountFrom: place.reference.repository };
}
