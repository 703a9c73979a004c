import { ToolError } from '../core/errors.ts';
import { checkManifest, isIndexBody, isManifestType } from '../oci/check.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import type { ArchiveItem } from './collect.ts';
import { blobPath, manifestFile } from './format.ts';
import { layoutTar, textEntry, writeOut } from './write.ts';
import type { Out } from './write.ts';

/**
 * A Docker archive as Docker 25 and later write it: an OCI layout with a manifest.json, which older Dockers (from 20.10 tried) and
 * Podman read as well. Layers stay compressed as they are; zstd ones need Docker 23.
 * @throws ToolError UNSUPPORTED for an index: an archive of this kind holds single images
 */
export async function* dockerTar(items: readonly ArchiveItem[]): AsyncGenerator<Uint8Array, void, undefined> {
  const list = [];
  for (const item of items) list.push(await dockerItem(item));
  yield* layoutTar(items, [textEntry(manifestFile, JSON.stringify(list))]);
}

/** @throws ToolError as `dockerTar`; FILE_UNWRITABLE, DISK_FULL */
export async function writeDockerTar(items: readonly ArchiveItem[], out: Out): Promise<void> {
  await writeOut(dockerTar(items), out);
}

async function dockerItem({ descriptor, source, names }: ArchiveItem): Promise<unknown> {
  const body = isManifestType(descriptor.mediaType)
    ? checkManifest(await source.read(descriptor), descriptor)
    : undefined;
  if (!body || isIndexBody(body)) {
    throw new ToolError('UNSUPPORTED', 'a Docker archive holds images of one platform, not an index', {
      hint: 'Choose one with --platform, or write -o type=oci.',
    });
  }
  return {
    Config: blobPath(body.config.digest),
    RepoTags: names.flatMap(familiarTag),
    Layers: body.layers.map((layer) => blobPath(layer.digest)),
  };
}

/** Docker takes names with a tag only. */
function familiarTag(name: string): string[] {
  const reference = parseReference(name);
  return reference.tag === undefined || reference.digest !== undefined
    ? []
    : [formatReference(reference, { short: true })];
}
