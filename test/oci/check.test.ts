import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { checkConfig, checkManifest, manifestType } from '../../src/oci/check.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import type { Index, Manifest } from '../../src/oci/types.ts';

const digest = digestOf('x');
const config = { mediaType: mediaTypes.ociConfig, digest, size: 1 };
const layer = { mediaType: mediaTypes.ociLayerGzip, digest, size: 1 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const index = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [{ mediaType: mediaTypes.ociManifest, digest, size: 1 }],
};

function check(body: unknown, mediaType: string = mediaTypes.ociManifest): Manifest | Index {
  return checkText(typeof body === 'string' ? body : JSON.stringify(body), mediaType);
}

function checkText(text: string, mediaType: string): Manifest | Index {
  const bytes = new TextEncoder().encode(text);
  return checkManifest(bytes, { mediaType, digest: digestOf(bytes), size: bytes.byteLength });
}

const isInvalid: unknown = expect.objectContaining({ code: 'IMAGE_INVALID' });

describe('checkManifest', () => {
  it('gives manifests and indexes of both families as they are, unknown fields too', () => {
    expect(check({ ...manifest, extra: [1, { a: null }] })).toEqual({ ...manifest, extra: [1, { a: null }] });
    expect(check(index, mediaTypes.ociIndex)).toEqual(index);
    const docker = { ...manifest, mediaType: mediaTypes.dockerManifest };
    expect(check(docker, mediaTypes.dockerManifest)).toEqual(docker);
    const { mediaType: _, ...bare } = manifest;
    expect(check(bare)).toEqual(bare);
    expect(check({ ...manifest, layers: [] })).toEqual({ ...manifest, layers: [] });
  });

  it('takes null for absent, as Go programs write it', () => {
    expect(check({ ...manifest, annotations: null, subject: null })).toEqual(manifest);
  });

  it('lets the last of duplicate keys count', () => {
    const text = JSON.stringify(manifest).replace('"schemaVersion":2', '"schemaVersion":1,"schemaVersion":2');
    expect(check(text)).toEqual(manifest);
  });

  it('finds a manifest that lies about its size or digest', () => {
    const bytes = new TextEncoder().encode(JSON.stringify(manifest));
    const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.byteLength };
    for (const lie of [{ size: bytes.byteLength + 1 }, { size: 0 }, { digest }]) {
      expect(() => checkManifest(bytes, { ...descriptor, ...lie })).toThrow(
        expect.objectContaining({ code: 'BLOB_CORRUPT' }),
      );
    }
  });

  it.each<[string, unknown, string?]>([
    ['text', '"manifest"'],
    ['null', 'null'],
    ['an array', '[]'],
    ['broken JSON', '{'],
    ['nothing', ''],
    ['schema version 1', { ...manifest, schemaVersion: 1 }],
    ['a schema version in text', { ...manifest, schemaVersion: '2' }],
    ['manifests and layers at once', { ...manifest, manifests: [] }],
    ['an index with layers', { ...index, layers: [layer] }, mediaTypes.ociIndex],
    ['neither', { schemaVersion: 2 }],
    ['an index called a manifest', { ...index, mediaType: mediaTypes.ociManifest }],
    ['a manifest called an index', { ...manifest, mediaType: mediaTypes.ociIndex }, mediaTypes.ociIndex],
    ['another media type than the descriptor says', { ...manifest, mediaType: mediaTypes.dockerManifest }],
    ['an index where an image was promised', index],
    ['a media type that is none', { ...manifest, mediaType: 'x' }],
    ['no config', { schemaVersion: 2, layers: [] }],
    ['layers that are no list', { ...manifest, layers: { length: 1 } }],
    ['null for layers', { ...manifest, layers: null }],
    ['a layer that is text', { ...manifest, layers: ['x'] }],
    ['1,001 layers', { ...manifest, layers: Array.from({ length: 1001 }, () => layer) }],
    ['a negative size', { ...manifest, layers: [{ ...layer, size: -1 }] }],
    ['a fractional size', { ...manifest, layers: [{ ...layer, size: 1.5 }] }],
    ['a size beyond exact numbers', { ...manifest, layers: [{ ...layer, size: 2 ** 53 }] }],
    ['a size in text', { ...manifest, layers: [{ ...layer, size: '1' }] }],
    ['an infinite size', JSON.stringify(manifest).replace('"size":1', '"size":1e999')],
    ['a digest that climbs', { ...manifest, layers: [{ ...layer, digest: 'sha256:../../../etc/passwd' }] }],
    [
      'a digest of another algorithm',
      { ...manifest, config: { ...config, digest: `sha512:${'a'.repeat(128)}` } },
    ],
    ['no media type', { ...manifest, layers: [{ digest, size: 1 }] }],
    ['a media type with a line break', { ...manifest, layers: [{ ...layer, mediaType: 'a/b\nc' }] }],
    ['annotations that are no text', { ...manifest, annotations: { a: 1 } }],
    ['annotations that are a list', { ...manifest, annotations: ['a'] }],
    ['a URL of another scheme', { ...manifest, layers: [{ ...layer, urls: ['file:///etc/passwd'] }] }],
    ['a URL that is none', { ...manifest, layers: [{ ...layer, urls: ['x'] }] }],
    [
      'a platform without an OS',
      { ...index, manifests: [{ ...config, platform: { architecture: 'arm64' } }] },
      mediaTypes.ociIndex,
    ],
    [
      'features that are no list',
      { ...index, manifests: [{ ...config, platform: { os: 'a', architecture: 'b', 'os.features': 'c' } }] },
      mediaTypes.ociIndex,
    ],
    ['a hundred levels', { ...manifest, x: JSON.parse('['.repeat(100) + ']'.repeat(100)) as unknown }],
    ['a hundred thousand levels', `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['more than 4 MiB', { ...manifest, x: 'x'.repeat(4 * 1024 * 1024) }],
  ])('refuses %s', (_name, body, mediaType) => {
    expect(() => check(body, mediaType)).toThrow(isInvalid);
  });

  it('refuses embedded data that is not the blob', () => {
    const embedded = { ...config, data: Buffer.from('x').toString('base64') };
    expect(check({ ...manifest, config: embedded })).toMatchObject({ config: embedded });
    expect(() =>
      check({ ...manifest, config: { ...config, data: Buffer.from('y').toString('base64') } }),
    ).toThrow(expect.objectContaining({ code: 'BLOB_CORRUPT' }));
  });

  it('refuses bytes that are no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(() =>
      checkManifest(bytes, {
        mediaType: mediaTypes.ociManifest,
        digest: digestOf(bytes),
        size: bytes.length,
      }),
    ).toThrow(isInvalid);
  });

  it('names the place of the fault', () => {
    expect(() => check({ ...manifest, layers: [layer, { ...layer, size: -1 }] })).toThrow(
      /layers\[1\]\.size must be a size in bytes, not -1/,
    );
  });

  it('gives for any JSON a manifest or IMAGE_INVALID', () => {
    const hostile = fc.oneof(
      fc.jsonValue(),
      fc.constant(digest),
      fc.constant(layer),
      fc.constant([layer]),
      fc.constant(mediaTypes.ociManifest),
    );
    const bodies = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom(
          'config',
          'layers',
          'manifests',
          'mediaType',
          'annotations',
          'subject',
          '__proto__',
          'artifactType',
        ),
        hostile,
      ),
    );
    fc.assert(
      fc.property(
        bodies,
        fc.constantFrom<string>(mediaTypes.ociManifest, mediaTypes.ociIndex),
        fc.boolean(),
        (body, mediaType, version) => {
          const whole =
            version && typeof body === 'object' && body !== null && !Array.isArray(body)
              ? { ...body, schemaVersion: 2 }
              : body;
          try {
            const checked = check(JSON.stringify(whole), mediaType);
            expect('manifests' in checked ? checked.manifests : checked.layers).toBeInstanceOf(Array);
          } catch (error) {
            if (!isToolError(error, 'IMAGE_INVALID', 'BLOB_CORRUPT')) throw error;
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

it('tells the media type of a manifest by its content', () => {
  const type = (body: unknown): string => manifestType(new TextEncoder().encode(JSON.stringify(body)));
  expect(type({ ...manifest, mediaType: undefined })).toBe(mediaTypes.ociManifest);
  expect(type({ ...index, mediaType: undefined })).toBe(mediaTypes.ociIndex);
  expect(type({ ...manifest, mediaType: mediaTypes.dockerManifest })).toBe(mediaTypes.dockerManifest);
  expect(() => type({ a: 1 })).toThrow(isInvalid);
});

describe('checkConfig', () => {
  const base = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [digest] } };
  const read = (body: unknown): unknown => checkConfig(new TextEncoder().encode(JSON.stringify(body)));

  it('keeps what it does not know, and leaves nulls out', () => {
    const dockerish = {
      ...base,
      container: 'abc',
      config: { Cmd: null, Env: ['A=b'], Tty: false, Volumes: null, Labels: {} },
      history: null,
    };
    expect(read(dockerish)).toEqual({
      ...base,
      container: 'abc',
      config: { Env: ['A=b'], Tty: false, Labels: {} },
    });
  });

  it('takes an image without layers as Docker writes it', () => {
    expect(read({ ...base, rootfs: { type: 'layers' } })).toMatchObject({ rootfs: { diff_ids: [] } });
  });

  it.each<[string, unknown]>([
    ['an artifact', {}],
    ['no rootfs', { os: 'linux', architecture: 'amd64' }],
    ['an empty OS', { ...base, os: '' }],
    ['another kind of rootfs', { ...base, rootfs: { type: 'layer', diff_ids: [] } }],
    ['a diff id that is none', { ...base, rootfs: { type: 'layers', diff_ids: ['x'] } }],
    [
      'too many diff ids',
      { ...base, rootfs: { type: 'layers', diff_ids: Array.from({ length: 1001 }, () => digest) } },
    ],
    ['an environment that is an object', { ...base, config: { Env: { A: 'b' } } }],
    ['a command in one text', { ...base, config: { Cmd: '/bin/sh' } }],
    ['a number among the arguments', { ...base, config: { Entrypoint: ['a', 1] } }],
    ['labels that are no text', { ...base, config: { Labels: { a: {} } } }],
    ['ports in a list', { ...base, config: { ExposedPorts: ['80'] } }],
    ['a health check in text', { ...base, config: { Healthcheck: 'CMD x' } }],
    ['a fractional interval', { ...base, config: { Healthcheck: { Test: [], Interval: 0.5 } } }],
    ['history that is text', { ...base, history: ['x'] }],
    ['history of another shape', { ...base, history: [{ empty_layer: 'yes' }] }],
  ])('refuses %s', (_name, body) => {
    expect(() => read(body)).toThrow(isInvalid);
  });

  it('gives for any JSON a config or IMAGE_INVALID', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('config', 'history', 'created', 'variant', 'os.features'),
          fc.jsonValue(),
        ),
        (extra) => {
          try {
            expect(read({ ...base, ...extra })).toMatchObject(base);
          } catch (error) {
            if (!isToolError(error, 'IMAGE_INVALID')) throw error;
          }
        },
      ),
    );
  });
});
