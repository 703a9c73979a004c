import { describe, expect, it } from 'vitest';
import { ociProblems } from './validate.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 };
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 10 };
const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config,
  layers: [layer],
};

describe('OCI schemas', () => {
  it('take what the specification allows', () => {
    expect(ociProblems('manifest', manifest)).toEqual([]);
    expect(
      ociProblems('index', {
        schemaVersion: 2,
        manifests: [{ ...config, platform: { os: 'linux', architecture: 'amd64' } }],
      }),
    ).toEqual([]);
    expect(ociProblems('layout', { imageLayoutVersion: '1.0.0' })).toEqual([]);
    expect(
      ociProblems('config', {
        created: '2026-01-02T03:04:05Z',
        architecture: 'arm64',
        os: 'linux',
        config: {
          User: '65532:65532',
          ExposedPorts: { '8080/tcp': {} },
          Env: ['A=', 'B=c=d'],
          Entrypoint: ['/api'],
          StopSignal: 'SIGTERM',
        },
        rootfs: { type: 'layers', diff_ids: [digest] },
        history: [{ created: '2026-01-02T03:04:05Z', created_by: 'coracle', empty_layer: true }],
      }),
    ).toEqual([]);
  });

  it.each([
    ['a short digest', 'descriptor', { ...layer, digest: 'sha256:00' }, '/digest'],
    ['upper-case hex', 'descriptor', { ...layer, digest: `sha256:${'A'.repeat(64)}` }, '/digest'],
    ['a negative size', 'descriptor', { ...layer, size: -1 }, '/size'],
    ['a media type without a subtype', 'descriptor', { ...layer, mediaType: 'application' }, '/mediaType'],
    [
      "Docker's layer in an OCI manifest",
      'manifest',
      { ...manifest, layers: [{ ...layer, mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' }] },
      '/layers/0/mediaType',
    ],
    ['an annotation that is a number', 'manifest', { ...manifest, annotations: { a: 1 } }, '/annotations/a'],
    ['no layers', 'manifest', { ...manifest, layers: undefined }, "'layers'"],
    [
      'a platform without os',
      'index',
      { schemaVersion: 2, manifests: [{ ...config, platform: { architecture: 'arm64' } }] },
      "'os'",
    ],
    [
      'a time without a zone',
      'config',
      {
        architecture: 'a',
        os: 'linux',
        created: '2026-01-02T03:04:05',
        rootfs: { type: 'layers', diff_ids: [] },
      },
      '/created',
    ],
    [
      'env without =',
      'config',
      { architecture: 'a', os: 'linux', config: { Env: ['A'] }, rootfs: { type: 'layers', diff_ids: [] } },
      '/config/Env/0',
    ],
    [
      'a port with a value',
      'config',
      {
        architecture: 'a',
        os: 'linux',
        config: { ExposedPorts: { '80/tcp': { a: 1 } } },
        rootfs: { type: 'layers', diff_ids: [] },
      },
      '/config/ExposedPorts',
    ],
  ] as const)('refuse %s', (_name, kind, document, where) => {
    expect(ociProblems(kind, JSON.parse(JSON.stringify(document))).join('\n')).toContain(where);
  });
});
