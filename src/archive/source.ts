import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { BlobSource, Image, ImageIndex } from '../oci/image.ts';
import type { Descriptor } from '../oci/types.ts';
import { openTarget } from '../oci/view.ts';
import { openDockerArchive } from './docker.ts';
import { openLayout } from './layout.ts';
import type { Layout } from './layout.ts';
import { findNamed, fullName, labelOf, nameOf, sameName } from './names.ts';

/** An image or index that a layout or archive holds. */
export interface ArchiveSource {
  readonly target: Image | ImageIndex;
  readonly source: BlobSource;
  /** Its name there, as a full reference where it is one. */
  readonly name?: string;
}

const schemes = { 'oci:': openFromLayout, 'docker-archive:': openFromDocker } as const;

/**
 * Opens `oci:PATH[:NAME|@DIGEST]` (a layout directory, or a tar of one) or `docker-archive:PATH[:NAME]`. NAME is a tag or a whole
 * reference; it may be left out where there is but one image. PATH is taken from the current directory and may hold colons: it is
 * the longest beginning that exists.
 * @throws ToolError USAGE, NOT_FOUND, FILE_UNREADABLE, IMAGE_INVALID, ARCHIVE_UNSAFE
 */
export async function openSource(ctx: Ctx, text: string): Promise<ArchiveSource> {
  for (const [scheme, open] of Object.entries(schemes)) {
    if (!text.startsWith(scheme)) continue;
    const { location, wanted } = await split(ctx, text.slice(scheme.length));
    return open(location, wanted);
  }
  throw new ToolError('USAGE', `${JSON.stringify(text)} is no archive`, {
    hint: 'Write oci:PATH or docker-archive:PATH.',
  });
}

async function split(ctx: Ctx, text: string): Promise<{ location: string; wanted: string | undefined }> {
  const cuts = [text.length, ...[...text.matchAll(/[:@]/g)].map((match) => match.index).toReversed()];
  for (const at of cuts) {
    const location = path.resolve(ctx.cwd, text.slice(0, at));
    const there = at > 0 && (await fs.stat(location).catch(() => undefined)) !== undefined;
    if (there)
      return {
        location,
        wanted: at === text.length ? undefined : text.slice(at + (text[at] === '@' ? 0 : 1)),
      };
  }
  const shortest = text.slice(0, cuts.at(-1));
  throw new ToolError('NOT_FOUND', `there is no ${path.resolve(ctx.cwd, shortest)}`, {
    hint: 'The path is taken from the current directory.',
  });
}

async function openFromLayout(location: string, wanted: string | undefined): Promise<ArchiveSource> {
  const layout = await openLayout(location);
  const entry = chooseEntry(layout, location, wanted);
  const name = nameOf(entry);
  const target = await openTarget(layout.source, entry);
  return { target, source: layout.source, ...(name !== undefined && { name }) };
}

function chooseEntry(
  { index, descriptor }: Layout,
  location: string,
  wanted: string | undefined,
): Descriptor {
  const entries = index.manifests;
  const found = wanted === undefined ? entries : byNameOrDigest(entries, wanted);
  const digests = new Set(found.map((entry) => entry.digest));
  const [first] = found;
  if (first && digests.size === 1) return first;
  // Images without names belong together: the layout is the index.
  if (wanted === undefined && entries.length > 1 && entries.every((entry) => labelOf(entry) === undefined))
    return descriptor;
  throw undecided(location, wanted, found.length, entries.map(labelOf));
}

function byNameOrDigest(entries: readonly Descriptor[], wanted: string): Descriptor[] {
  return wanted.startsWith('@')
    ? entries.filter((entry) => `@${entry.digest}` === wanted)
    : findNamed(entries, wanted);
}

async function openFromDocker(location: string, wanted: string | undefined): Promise<ArchiveSource> {
  const images = await openDockerArchive(location);
  const found =
    wanted === undefined
      ? images
      : images.filter((image) => image.names.some((name) => sameName(name, wanted)));
  const [image] = found;
  if (!image || new Set(found.map((item) => item.descriptor.digest)).size !== 1) {
    throw undecided(
      location,
      wanted,
      found.length,
      images.flatMap((item) => item.names),
    );
  }
  const name = wanted === undefined ? image.names[0] : fullName(wanted);
  return {
    target: await openTarget(image.source, image.descriptor),
    source: image.source,
    ...(name !== undefined && { name }),
  };
}

function undecided(
  location: string,
  wanted: string | undefined,
  found: number,
  names: readonly (string | undefined)[],
): ToolError {
  const list = [...new Set(names.filter((name) => name !== undefined))].toSorted().slice(0, 20).join(', ');
  const what =
    wanted === undefined
      ? found === 0
        ? 'no image'
        : 'several images'
      : `${found === 0 ? 'nothing' : 'several images'} named ${wanted}`;
  return new ToolError(found === 0 ? 'NOT_FOUND' : 'USAGE', `${location} has ${what}`, {
    hint:
      list === ''
        ? 'Its images have no names; choose one by @sha256:DIGEST.'
        : `Choose one by name. It has: ${list}`,
  });
}
