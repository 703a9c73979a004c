import { expect, test } from 'vitest';
import { assembleImage } from '../../src/build/image.ts';
import type { ImageParts } from '../../src/build/image.ts';
import type { ImageConfig } from '../../src/oci/types.ts';
import { openTarget, platformImage } from '../../src/oci/view.ts';
import { openStore } from '../../src/store/store.ts';
import { testCtx } from '../support/ctx.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;
const platform = { os: 'linux', architecture: 'arm', variant: 'v7' };
const settings = { env: {}, ports: [], labels: {}, annotations: {}, volumes: [], files: [] };
const parts: ImageParts = {
  platform,
  layers: [
    {
      descriptor: { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 3 },
      diffId: digest,
      uncompressedSize: 9,
      what: 'program',
      reused: false,
    },
  ],
  settings,
  program: '/app/x',
  created: 1,
  annotations: { b: '2', a: '1' },
  mediaTypes: 'oci',
};

async function configOf(changes: Partial<ImageParts>) {
  const store = await openStore(testCtx());
  const { descriptor } = await assembleImage(store, { ...parts, ...changes });
  const image = await platformImage(await openTarget(store.blobs, descriptor), { ...platform });
  return { config: await image.config(), manifest: await image.manifest() };
}

test('by default a numeric nonroot user runs the program, and nothing else is set', async () => {
  const { config, manifest } = await configOf({});
  expect(config).toEqual({
    created: '1970-01-01T00:00:01Z',
    architecture: 'arm',
    os: 'linux',
    variant: 'v7',
    config: { User: '65532:65532', Entrypoint: ['/app/x'], Labels: { a: '1', b: '2' } },
    rootfs: { type: 'layers', diff_ids: [digest] },
    history: [{ created: '1970-01-01T00:00:01Z', created_by: 'coracle build (program)' }],
  });
  expect(manifest.annotations).toEqual({ a: '1', b: '2' });
});

test('what is set is in the config, and ports without a protocol are tcp', async () => {
  const { config } = await configOf({
    settings: {
      ...settings,
      user: '1000',
      entrypoint: ['/x'],
      cmd: ['serve'],
      env: { B: '2', A: '1' },
      ports: ['8080', '53/udp'],
      workdir: '/data',
      stopSignal: 'SIGINT',
      volumes: ['/data'],
      healthcheck: { Test: ['CMD', '/x', 'health'] },
    },
  });
  expect(config.config).toEqual({
    User: '1000',
    ExposedPorts: { '53/udp': {}, '8080/tcp': {} },
    Env: ['A=1', 'B=2'],
    Entrypoint: ['/x'],
    Cmd: ['serve'],
    Volumes: { '/data': {} },
    WorkingDir: '/data',
    Labels: { a: '1', b: '2' },
    StopSignal: 'SIGINT',
    Healthcheck: { Test: ['CMD', '/x', 'health'] },
  });
});

const baseConfig: ImageConfig = {
  os: 'linux',
  architecture: 'arm',
  rootfs: { type: 'layers', diff_ids: [digest] },
  history: [{ created_by: 'base' }],
  config: {
    User: 'root',
    Env: ['PATH=/bin', 'A=base'],
    Cmd: ['/bin/sh'],
    Labels: { base: 'yes' },
    Healthcheck: { Test: ['CMD', 'curl'] },
  },
};

test("a base image's environment and labels stay, its command and health check go, and the user is nonroot", async () => {
  const [layer] = parts.layers;
  if (!layer) throw new Error('no layer');
  const { config } = await configOf({
    baseConfig,
    layers: [layer, { ...layer, history: 'base glibc' }, layer],
    settings: { ...settings, env: { A: 'ours' } },
  });
  expect(config.config).toMatchObject({
    User: '65532:65532',
    Env: ['PATH=/bin', 'A=ours'],
    Entrypoint: ['/app/x'],
    Labels: { base: 'yes', a: '1' },
  });
  expect(config.config).not.toHaveProperty('Cmd');
  expect(config.config).not.toHaveProperty('Healthcheck');
  expect(config.history?.map((step) => step.created_by)).toEqual([
    'base',
    'coracle build (base glibc)',
    'coracle build (program)',
  ]);
});

test("Docker's media types hold no annotations", async () => {
  const { manifest } = await configOf({ mediaTypes: 'docker' });
  expect(manifest.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
  expect(manifest.config.mediaType).toBe('application/vnd.docker.container.image.v1+json');
  expect(manifest.layers[0]?.mediaType).toBe('application/vnd.docker.image.rootfs.diff.tar.gzip');
  expect(manifest).not.toHaveProperty('annotations');
});
