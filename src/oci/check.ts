/**
 * What comes from outside must have the shapes of types.ts, or it goes no further: manifests, indexes, configs (OCI image-spec
 * 1.1, Docker image manifest 2.2).
 */
import { parseDigest } from './digest.ts';
import { mediaTypes } from './types.ts';
import type { Descriptor, Index, Manifest, Platform } from './types.ts';
import {
  asArray,
  asObject,
  asSize,
  asString,
  asStringMap,
  asStrings,
  invalid,
  optional,
  parseObject,
  show,
} from './shape.ts';
import type { Json } from './shape.ts';
import { verifyBytes } from './verify.ts';

export { checkConfig } from './check-config.ts';

/** More layers than any runtime can mount, and more images than any index has. */
const mostLayers = 1000;
const mostManifests = 10_000;

const indexTypes: ReadonlySet<string> = new Set([mediaTypes.ociIndex, mediaTypes.dockerIndex]);
const manifestTypes: ReadonlySet<string> = new Set([mediaTypes.ociManifest, mediaTypes.dockerManifest]);
/** RFC 6838 names, as the OCI schemas have them. */
const mediaTypeForm = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

export function isIndexType(mediaType: string): boolean {
  return indexTypes.has(mediaType);
}

export function isManifestType(mediaType: string): boolean {
  return manifestTypes.has(mediaType);
}

/** Narrowing of what `checkManifest` gives. */
export function isIndexBody(body: Manifest | Index): body is Index {
  return 'manifests' in body;
}

/**
 * The bytes of a manifest or index, proven against the descriptor and checked through and through. Unknown fields are kept.
 * @throws ToolError BLOB_CORRUPT when size or digest are others, IMAGE_INVALID when the content is
 */
export function checkManifest(
  bytes: Uint8Array,
  descriptor: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>,
): Manifest | Index {
  verifyBytes(bytes, descriptor, 'manifest');
  const where = `manifest ${descriptor.digest}:`;
  const body = parseObject(bytes, where);
  const mediaType = typeOfBody(body, where, descriptor.mediaType);
  if (mediaType !== descriptor.mediaType) {
    throw invalid(where, `is said to be ${show(descriptor.mediaType)} but is ${show(mediaType)}`);
  }
  return indexTypes.has(mediaType) ? checkIndexBody(body, where) : checkManifestBody(body, where);
}

/**
 * The media type of a manifest or index by its own words: for sources that do not say one, or say `application/json`.
 * @throws ToolError IMAGE_INVALID when it is neither
 */
export function manifestType(bytes: Uint8Array): string {
  return typeOfBody(parseObject(bytes, 'manifest:'), 'manifest:');
}

/** A descriptor from outside, such as one in a file of the store. @throws ToolError IMAGE_INVALID */
export function checkDescriptor(value: unknown, where: string): Descriptor {
  const object = asObject(value, where);
  const mediaType = asMediaType(object['mediaType'], `${where}.mediaType`);
  const digest = parseDigest(object['digest'], `${where}.digest`);
  const size = asSize(object['size'], `${where}.size`);
  const rest = optional(object, where, {
    platform: checkPlatform,
    annotations: asStringMap,
    artifactType: asMediaType,
    urls: (urls, at) => asStrings(urls, at).map((url, index) => asUrl(url, `${at}[${index}]`)),
    data: (data, at) => checkData(data, at, { digest, size }),
  });
  return { ...rest, mediaType, digest, size };
}

function typeOfBody(body: Json, where: string, expected?: string): string {
  const isIndex = Object.hasOwn(body, 'manifests');
  const isManifest = Object.hasOwn(body, 'layers') || Object.hasOwn(body, 'config');
  if (body['schemaVersion'] === 1) {
    throw invalid(
      where,
      'is of schema version 1, which Docker gave up in 2017',
      'Push the image again with a newer tool.',
    );
  }
  if (body['schemaVersion'] !== 2)
    throw invalid(where, `must have schemaVersion 2, not ${show(body['schemaVersion'])}`);
  // Read as the one here and as the other there, it would be two images with one digest (CVE-2021-41190).
  if (isIndex && isManifest)
    throw invalid(where, 'has both manifests and layers: it cannot be told what it is');
  if (!isIndex && !isManifest) throw invalid(where, 'has neither manifests nor layers');
  const fallback = isIndex ? mediaTypes.ociIndex : mediaTypes.ociManifest;
  const said = body['mediaType'];
  const mediaType =
    said === undefined || said === null || said === ''
      ? (expected ?? fallback)
      : asMediaType(said, `${where} mediaType`);
  if (!(isIndex ? indexTypes : manifestTypes).has(mediaType)) {
    throw invalid(
      where,
      `has the content of ${isIndex ? 'an index' : 'an image manifest'} but the media type ${show(mediaType)}`,
    );
  }
  return mediaType;
}

const commonFields = {
  mediaType: asString,
  artifactType: asMediaType,
  annotations: asStringMap,
  subject: checkDescriptor,
};

function checkManifestBody(body: Json, where: string): Manifest {
  const config = checkDescriptor(body['config'], `${where} config`);
  const layers = asArray(body['layers'], `${where} layers`, mostLayers).map((layer, index) =>
    checkDescriptor(layer, `${where} layers[${index}]`),
  );
  return { ...optional(body, where, commonFields), schemaVersion: 2, config, layers };
}

function checkIndexBody(body: Json, where: string): Index {
  const manifests = asArray(body['manifests'], `${where} manifests`, mostManifests).map((item, index) =>
    checkDescriptor(item, `${where} manifests[${index}]`),
  );
  return { ...optional(body, where, commonFields), schemaVersion: 2, manifests };
}

function checkPlatform(value: unknown, where: string): Platform {
  const object = asObject(value, where);
  const os = asString(object['os'], `${where}.os`);
  const architecture = asString(object['architecture'], `${where}.architecture`);
  const rest = optional(object, where, {
    variant: asString,
    'os.version': asString,
    'os.features': asStrings,
  });
  return { ...rest, os, architecture };
}

function asMediaType(value: unknown, where: string): string {
  if (typeof value === 'string' && mediaTypeForm.test(value)) return value;
  throw invalid(where, `must be a media type, not ${show(value)}`);
}

function asUrl(url: string, where: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw invalid(where, `must be an http or https URL, not ${show(url)}`);
}

function checkData(value: unknown, where: string, identity: Pick<Descriptor, 'digest' | 'size'>): string {
  const text = asString(value, where);
  verifyBytes(Buffer.from(text, 'base64'), identity, where);
  return text;
}
