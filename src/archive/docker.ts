import { ToolError, isToolError } from '../core/errors.ts';
import { checkConfig, checkManifest, isIndexBody } from '../oci/check.ts';
import { digestOf } from '../oci/digest.ts';
import type { BlobSource } from '../oci/image.ts';
import { asArray, asObject, asString, asStrings } from '../oci/shape.ts';
import { mediaTypes } from '../oci/types.ts';
import type { Descriptor, Manifest } from '../oci/types.ts';
import { memberOf, memberSource } from './blob-source.ts';
import { describeLayer } from './docker-layer.ts';
import { openFiles, readSmall } from './files.ts';
import type { FileSet, Member } from './files.ts';
import { blobPath, manifestFile } from './format.ts';
import { layoutOf } from './layout.ts';
import { fullName } from './names.ts';

export { dockerTar, writeDockerTar } from './docker-write.ts';

const mostImages = 1000;
const deepestIndex = 4;

/** One image of a Docker archive. */
export interface DockerImage {
  /** Full references. */
  readonly names: readonly string[];
  readonly descriptor: Descriptor;
  readonly source: BlobSource;
}

/** One item of manifest.json. */
interface Item {
  readonly config: string;
  readonly names: readonly string[];
  readonly layers: readonly string[];
}

/**
 * The images of an archive that `docker save` made: since Docker 25 an OCI layout with a manifest.json, before that a directory
 * for each layer. The latter has no manifests; they are made here, so their digests are nobody else's.
 * @throws ToolError NOT_FOUND, FILE_UNREADABLE, IMAGE_INVALID, ARCHIVE_UNSAFE
 */
export async function openDockerArchive(location: string): Promise<DockerImage[]> {
  const files = await openFiles(location);
  const bytes = await readSmall(files, manifestFile);
  if (!bytes) {
    throw new ToolError('IMAGE_INVALID', `${location} is no Docker archive: it has no ${manifestFile}`, {
      hint: `Of an OCI layout, write oci:${location}`,
    });
  }
  const items = parseItems(bytes, `${location}: ${manifestFile}`);
  const inLayout = await imagesOfLayout(files, items);
  const images: DockerImage[] = [];
  for (const item of items) images.push(inLayout.get(item) ?? (await classicImage(files, item)));
  return images;
}

function parseItems(bytes: Uint8Array, where: string): Item[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ToolError('IMAGE_INVALID', `${where} is no JSON in UTF-8`);
  }
  return asArray(value, where, mostImages).map((item, index) => {
    const at = `${where}[${index}]`;
    const object = asObject(item, at);
    return {
      config: asString(object['Config'], `${at}.Config`),
      names: asStrings(object['RepoTags'] ?? [], `${at}.RepoTags`).map(fullName),
      layers: asStrings(object['Layers'] ?? [], `${at}.Layers`),
    };
  });
}

/** The items that the archive's own index has too: their manifests, and with them their digests, are kept. */
async function imagesOfLayout(files: FileSet, items: readonly Item[]): Promise<Map<Item, DockerImage>> {
  const found = new Map<Item, DockerImage>();
  const layout = await layoutOf(files);
  for (const entry of layout ? await listManifests(layout.source, layout.index.manifests) : []) {
    for (const item of items) {
      if (layout && !found.has(item) && item.config === blobPath(entry.config.digest)) {
        found.set(item, { names: item.names, descriptor: entry.descriptor, source: layout.source });
      }
    }
  }
  return found;
}

async function listManifests(
  source: BlobSource,
  entries: readonly Descriptor[],
  depth = 0,
): Promise<{ descriptor: Descriptor; config: Descriptor }[]> {
  const list: { descriptor: Descriptor; config: Descriptor }[] = [];
  for (const descriptor of entries) {
    // Docker writes indexes whose images of other platforms it never had.
    const bytes = await source.read(descriptor).catch((error: unknown) => {
      if (isToolError(error, 'NOT_FOUND')) return undefined;
      throw error;
    });
    if (!bytes || depth > deepestIndex) continue;
    const body = checkManifest(bytes, descriptor);
    if (isIndexBody(body)) list.push(...(await listManifests(source, body.manifests, depth + 1)));
    else list.push({ descriptor, config: body.config });
  }
  return list;
}

async function classicImage(files: FileSet, item: Item): Promise<DockerImage> {
  const configBytes = await readSmall(files, item.config);
  if (!configBytes) throw missing(files, item.config);
  const { rootfs } = checkConfig(configBytes);
  if (rootfs.diff_ids.length !== item.layers.length) {
    throw new ToolError(
      'IMAGE_INVALID',
      `${files.where} lists ${item.layers.length} layers, but ${item.config} names ${rootfs.diff_ids.length}`,
    );
  }
  const layers: Descriptor[] = [];
  const members = new Map<string, Member>();
  for (const [index, name] of item.layers.entries()) {
    const member = await files.find(name);
    const diffId = rootfs.diff_ids[index];
    if (!member || !diffId) throw missing(files, name);
    const layer = await describeLayer(member, diffId);
    layers.push(layer);
    members.set(layer.digest, member);
  }
  const config = {
    mediaType: mediaTypes.dockerConfig,
    digest: digestOf(configBytes),
    size: configBytes.byteLength,
  };
  const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.dockerManifest, config, layers };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  const descriptor = {
    mediaType: mediaTypes.dockerManifest,
    digest: digestOf(bytes),
    size: bytes.byteLength,
  };
  members.set(config.digest, memberOf(configBytes)).set(descriptor.digest, memberOf(bytes));
  return {
    names: item.names,
    descriptor,
    source: memberSource(files.where, async (digest) => members.get(digest)),
  };
}

function missing(files: FileSet, name: string): ToolError {
  return new ToolError(
    'IMAGE_INVALID',
    `${files.where} has no ${JSON.stringify(name)}, which its ${manifestFile} names`,
    {
      hint: 'The archive is not complete: save it again.',
    },
  );
}
