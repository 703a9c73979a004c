/** What comes as a cache has the shapes of records.ts, or it goes no further. */
import { checkDescriptor } from '../../../oci/check.ts';
import { parseDigest } from '../../../oci/digest.ts';
import { asArray, asObject, asSize, asString, asStrings, invalid, show } from '../../../oci/shape.ts';
import { mediaTypes as types } from '../../../oci/types.ts';
import type { Descriptor } from '../../../oci/types.ts';
import type { BlobForm, LayerId } from '../../../snapshot/types.ts';
import { cacheTypes, version } from './records.ts';
import type { CacheRecords, LayerRecord, MountRecord } from './records.ts';
import type { Times } from './times.ts';

const layerTypes: ReadonlySet<string> = new Set([
  ...[types.ociLayer, types.ociLayerGzip, types.ociLayerZstd],
  ...[types.dockerLayer, types.dockerLayerGzip],
]);
const mostLayers = 10_000;
const mostResults = 100_000;
const mostMounts = 1000;
const longestText = 1000;

/**
 * @param blobs what the manifest lists: nothing else is ever fetched
 * @throws ToolError IMAGE_INVALID
 */
export function checkRecords(value: unknown, blobs: readonly Descriptor[], where: string): CacheRecords {
  const object = asObject(value, where);
  if (object['version'] !== version)
    throw invalid(where, `has the version ${show(object['version'])}; this Coracle reads ${version}`);
  const listed = new Map(blobs.map((blob) => [blob.digest, blob.size]));
  const layers = asArray(object['layers'], `${where} layers`, mostLayers).map((layer, at) =>
    checkLayer(layer, listed, `${where} layers[${at}]`),
  );
  const mounts = asArray(object['mounts'], `${where} mounts`, mostMounts).map((mount, at) =>
    checkMount(mount, listed, `${where} mounts[${at}]`),
  );
  return { version, layers, results: checkResults(object['results'], layers.length, where), mounts };
}

function checkResults(value: unknown, layers: number, where: string): CacheRecords['results'] {
  const entries = Object.entries(asObject(value, `${where} results`));
  if (entries.length > mostResults) throw invalid(where, `has more than ${mostResults} results`);
  const checked = entries.map(([key, numbers]) => {
    if (!/^[0-9a-f]{64}$/.test(key)) throw invalid(where, `has ${show(key)} as a key`);
    const list = asArray(numbers, `${where} result`, mostLayers).map((number) =>
      asSize(number, `${where} result`),
    );
    if (list.some((number) => number >= layers)) throw invalid(where, 'has a result of layers that it lacks');
    return [key, list] as const;
  });
  return Object.fromEntries(checked);
}

type Listed = ReadonlyMap<string, number>;

function checkLayer(value: unknown, listed: Listed, where: string): LayerRecord {
  const object = asObject(value, where);
  const id = checkId(object['id'], where);
  const what = text(object['what'], `${where}.what`);
  const goCache = object['goCache'] === undefined ? {} : { goCache: checkGoCache(object['goCache'], where) };
  if (object['blob'] === undefined) return { id, what, ...goCache };
  const { descriptor, diffId, uncompressedSize } = asObject(object['blob'], `${where}.blob`);
  const checked = checkDescriptor(descriptor, `${where}.blob`);
  if (!layerTypes.has(checked.mediaType)) throw invalid(where, `is a ${show(checked.mediaType)}`);
  const blob = {
    // Only what says which bytes are meant: no addresses elsewhere, no data within.
    descriptor: { mediaType: checked.mediaType, digest: checked.digest, size: checked.size },
    diffId: parseDigest(diffId, `${where}.diffId`),
    uncompressedSize: asSize(uncompressedSize, `${where}.uncompressedSize`),
  };
  if (id.startsWith('diff:')) {
    if (id !== `diff:${blob.diffId}`) throw invalid(where, 'has a name that is not its diffID');
    return { id, what, blob, ...goCache };
  }
  if (listed.get(checked.digest) !== checked.size) throw invalid(where, 'has a blob that the manifest lacks');
  const own = asObject(object['own'], `${where}.own`);
  const form = checkForm(own['form'], `${where}.form`);
  return { id, what, blob, own: { form, times: checkTimes(own['times'], `${where}.times`) }, ...goCache };
}

function checkId(value: unknown, where: string): LayerId {
  const id = asString(value, `${where}.id`);
  const [, index, diff] = /^(?:index:([0-9a-f]{64})|diff:sha256:([0-9a-f]{64}))$/.exec(id) ?? [];
  if (index !== undefined) return `index:${index}`;
  if (diff !== undefined) return `diff:sha256:${diff}`;
  throw invalid(where, `has ${show(id)} as its name`);
}

function checkGoCache(value: unknown, where: string): NonNullable<LayerRecord['goCache']> {
  const { unseen } = asObject(value, `${where}.goCache`);
  return { unseen: asStrings(unseen, `${where}.goCache`) };
}

function checkForm(value: unknown, where: string): BlobForm {
  const { compression, mediaTypes, epoch } = asObject(value, where);
  const { kind, level } = asObject(compression, where);
  if (kind !== 'gzip' && kind !== 'zstd' && kind !== 'none') throw invalid(where, `is ${show(kind)}`);
  if (mediaTypes !== 'oci' && mediaTypes !== 'docker') throw invalid(where, `is ${show(mediaTypes)}`);
  return {
    compression: { kind, ...(level === undefined ? {} : { level: asSize(level, where) }) },
    mediaTypes,
    ...(epoch === undefined ? {} : { epoch: asSize(epoch, where) }),
  };
}

function checkTimes(value: unknown, where: string): Times {
  return asArray(value, where, 1_000_000).map((run) => {
    const [count, time] = asArray(run, where, 2);
    const known = time === null || time === true || (typeof time === 'number' && Number.isFinite(time));
    if (!known) throw invalid(where, `has the time ${show(time)}`);
    return [asSize(count, where), time] as const;
  });
}

function checkMount(value: unknown, listed: Listed, where: string): MountRecord {
  const { name, id, blob } = asObject(value, where);
  const { mediaType, digest, size } = checkDescriptor(blob, `${where}.blob`);
  if (mediaType !== cacheTypes.mount || listed.get(digest) !== size)
    throw invalid(where, 'has a blob that the manifest lacks');
  return { name: text(name, where), id: text(id, where), blob: { mediaType, digest, size } };
}

function text(value: unknown, where: string): string {
  const found = asString(value, where);
  if (found.length > longestText) throw invalid(where, `is longer than ${longestText}`);
  return found;
}
