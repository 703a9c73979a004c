import { expect, test } from 'vitest';
import type { BuildResult, BuiltPlatform } from '../../src/build/types.ts';
import { renderBuild } from '../../src/render/build.ts';
import { imageId, metadataOf } from '../../src/render/build-document.ts';
import { styleFor } from '../../src/render/style.ts';
import { renderImages } from '../../src/render/images.ts';

const digest = (letter: string): `sha256:${string}` => `sha256:${letter.repeat(64)}`;
const platform = (name: string, letter: string): BuiltPlatform => ({
  platform: name,
  descriptor: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digest(letter), size: 500 },
  configDigest: digest('c'),
  base: { name: 'auto', reasons: ['CA certificates: links crypto/x509'] },
  size: 4_400_000,
  uncompressedSize: 11_100_000,
  layers: [
    {
      digest: digest('1'),
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      size: 105_700,
      uncompressedSize: 200_000,
      what: 'base',
      reused: true,
    },
    {
      digest: digest('2'),
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      size: 4_300_000,
      uncompressedSize: 10_900_000,
      what: 'program',
      reused: false,
    },
  ],
  go: { version: '1.26.8', origin: 'host' },
});
const result = (more: Partial<BuildResult['images'][number]> = {}): BuildResult => ({
  images: [
    {
      program: 'api',
      package: 'example.com/api',
      references: ['docker.io/library/api:latest'],
      descriptor: platform('linux/amd64', 'a').descriptor,
      platforms: [platform('linux/amd64', 'a')],
      pushed: [],
      notes: [],
      ...more,
    },
  ],
  unchanged: false,
  times: {},
});
const view = { style: styleFor(false), columns: 80, took: 2100, debug: false, loaded: false };

test('the result of a build says all that matters, within 80 columns', () => {
  const text = renderBuild(result(), view);
  expect(text).toMatchInlineSnapshot(`
    "api:latest
     digest  sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
     runs on linux/amd64
     base    auto
             CA certificates: links crypto/x509
     size    4.4 MB compressed, 11.1 MB unpacked
     layers  base 105.7 kB (reused), program 4.3 MB
     go      1.26.8 (this machine's)
     time    built in 2.1 s
     next    coracle push api:latest REGISTRY/api:latest
    "
  `);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('several platforms are told apart, and what was pushed and noted is said', () => {
  const text = renderBuild(
    result({
      platforms: [platform('linux/amd64', 'a'), platform('linux/arm64', 'b')],
      references: ['registry.example.com/team/api:1'],
      pushed: ['registry.example.com/team/api:1'],
      notes: ['Go before 1.25 does not read cgroup limits'],
    }),
    view,
  );
  expect(text).toContain('linux/amd64  4.4 MB compressed');
  expect(text).toContain('linux/arm64  4.4 MB compressed');
  expect(text).toContain('pushed  registry.example.com/team/api:1');
  expect(text).toContain('Go before 1.25');
  expect(text).toContain('docker run --rm registry.example.com/team/api:1');
});

test('metadata has the names that buildx gives', () => {
  expect(metadataOf(result())).toEqual({
    'containerimage.config.digest': digest('c'),
    'containerimage.descriptor': platform('linux/amd64', 'a').descriptor,
    'containerimage.digest': digest('a'),
    'image.name': 'docker.io/library/api:latest',
  });
  const two = { ...result(), images: [...result().images, ...result({ program: 'worker' }).images] };
  expect(Object.keys(metadataOf(two))).toEqual(['api', 'worker']);
});

test('the image ID of one platform is its config, of several the index', () => {
  const [one] = result().images;
  const [several] = result({
    platforms: [platform('linux/amd64', 'a'), platform('linux/arm64', 'b')],
  }).images;
  expect(one && imageId(one)).toBe(digest('c'));
  expect(several && imageId(several)).toBe(digest('a'));
});

test('the list of images is a table, damaged ones marked', () => {
  const image = {
    name: 'docker.io/library/api:latest',
    repository: 'api',
    tag: 'latest',
    descriptor: platform('', 'a').descriptor,
    platforms: ['linux/amd64'],
    size: 4_400_000,
    at: 0,
  };
  const text = renderImages(
    [image, { ...image, repository: 'a-longer-name', damaged: 'blob is gone', platforms: [] }],
    3_600_000,
    styleFor(false),
  );
  expect(text.split('\n')).toEqual([
    'NAME           TAG     PLATFORM     SIZE    CREATED     DIGEST',
    'api            latest  linux/amd64  4.4 MB  1 hour ago  sha256:aaaaaaaaaaaa',
    'a-longer-name  latest  damaged      -       1 hour ago  sha256:aaaaaaaaaaaa',
  ]);
});
