import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDockerArchive, writeDockerTar } from '../../src/archive/docker.ts';
import { writeLayout } from '../../src/archive/layout-write.ts';
import { writeOciTar } from '../../src/archive/write.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { openTarget } from '../../src/oci/view.ts';
import { isIndex } from '../../src/oci/image.ts';
import { hasDocker, startDocker } from '../components/docker.ts';
import type { Docker } from '../components/docker.ts';
import { hasPodman, startPodman } from '../components/podman.ts';
import type { Podman } from '../components/podman.ts';
import { call, describeWith, installed } from '../components/program.ts';
import { memorySource } from '../oci/memory-source.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { collect, realImage } from './images.ts';

const forms = [
  ['OCI, gzip', {}],
  ['OCI, uncompressed', { plain: true }],
  ['Docker, gzip', { docker: true }],
  ['Docker, uncompressed', { docker: true, plain: true }],
] as const;

describeWith([hasDocker], 'Docker', () => {
  let engine: Docker;
  beforeAll(async () => {
    engine = await startDocker();
  });
  afterAll(async () => engine.stop());

  it.each(forms)('loads our Docker archive: %s', async (_form, options) => {
    const source = memorySource();
    const image = await realImage(source, { ...options, seed: _form });
    const out = path.join(tempDir(), 'image.tar');
    await writeDockerTar(
      [{ descriptor: image.descriptor, source, names: ['docker.io/library/loaded:1', 'ghcr.io/x/loaded:2'] }],
      out,
    );
    const said = await engine.docker('load', '-i', out);
    expect(said).toContain('Loaded image: loaded:1');
    expect(said).toContain('Loaded image: ghcr.io/x/loaded:2');
    expect((await engine.docker('image', 'inspect', '--format', '{{.Id}}', 'loaded:1')).trim()).toBe(
      digestOf(image.config),
    );
  });

  it('saves archives that we read', async () => {
    const source = memorySource();
    const image = await realImage(source, { seed: 'saved' });
    const directory = tempDir();
    await writeDockerTar(
      [{ descriptor: image.descriptor, source, names: ['docker.io/library/saved:1'] }],
      path.join(directory, 'in.tar'),
    );
    await engine.docker('load', '-i', path.join(directory, 'in.tar'));
    await engine.docker('save', '-o', path.join(directory, 'out.tar'), 'saved:1');
    const [opened] = await openDockerArchive(path.join(directory, 'out.tar'));
    expect(opened?.names).toEqual(['docker.io/library/saved:1']);
    const target = opened && (await openTarget(opened.source, opened.descriptor));
    if (!target || isIndex(target)) throw new Error('no image');
    expect((await target.layers()).map((layer) => layer.diffId)).toEqual(
      image.layers.map((layer) => digestOf(layer.tar)),
    );
    for (const layer of await target.layers()) await collect(layer.open());
  });
});

describeWith([hasPodman], 'Podman', () => {
  let engine: Podman;
  beforeAll(async () => {
    engine = await startPodman();
  });
  afterAll(async () => engine.stop());

  it.each(forms)('loads our Docker archive: %s', async (_form, options) => {
    const source = memorySource();
    const image = await realImage(source, { ...options, seed: _form });
    const out = path.join(tempDir(), 'image.tar');
    await writeDockerTar(
      [{ descriptor: image.descriptor, source, names: ['docker.io/library/loaded:1'] }],
      out,
    );
    await engine.podman('load', '-i', out);
    const id = (
      await engine.podman('image', 'inspect', '--format', '{{.Id}}', 'docker.io/library/loaded:1')
    ).trim();
    expect(`sha256:${id}`).toBe(digestOf(image.config));
  });

  it('loads our OCI archive', async () => {
    const source = memorySource();
    const image = await realImage(source, { seed: 'oci' });
    const out = path.join(tempDir(), 'image.tar');
    await writeOciTar([{ descriptor: image.descriptor, source, names: ['docker.io/library/oci:1'] }], out);
    await engine.podman('load', '-i', out);
    const id = (
      await engine.podman('image', 'inspect', '--format', '{{.Id}}', 'docker.io/library/oci:1')
    ).trim();
    expect(`sha256:${id}`).toBe(digestOf(image.config));
  });
});

describeWith([installed('skopeo')], 'skopeo', () => {
  it('reads our layouts and archives', async () => {
    const source = memorySource();
    const image = await realImage(source);
    const directory = tempDir();
    const items = [{ descriptor: image.descriptor, source, names: ['docker.io/library/a:1'] }];
    await writeLayout(testCtx(), path.join(directory, 'layout'), items);
    await writeOciTar(items, path.join(directory, 'oci.tar'));
    await writeDockerTar(items, path.join(directory, 'docker.tar'));
    for (const text of [
      `oci:${directory}/layout:1`,
      `oci-archive:${directory}/oci.tar:1`,
      `docker-archive:${directory}/docker.tar`,
    ]) {
      const { stdout } = await call(['skopeo', 'inspect', '--config', text], {
        env: { XDG_RUNTIME_DIR: directory },
      });
      expect(JSON.parse(stdout)).toMatchObject({ config: { Labels: { seed: 'a' } } });
    }
    const { stdout } = await call([
      'skopeo',
      'inspect',
      '--format',
      '{{.Digest}}',
      `oci:${directory}/layout:1`,
    ]);
    expect(stdout.trim()).toBe(image.descriptor.digest);
  });

  it('copies into forms that we read', async () => {
    const source = memorySource();
    const image = await realImage(source);
    const directory = tempDir();
    await writeLayout(testCtx(), path.join(directory, 'layout'), [
      { descriptor: image.descriptor, source, names: ['docker.io/library/a:1'] },
    ]);
    await call([
      'skopeo',
      'copy',
      '--insecure-policy',
      `oci:${directory}/layout:1`,
      `docker-archive:${directory}/docker.tar:b:2`,
    ]);
    const [opened] = await openDockerArchive(path.join(directory, 'docker.tar'));
    expect(opened?.names).toEqual(['docker.io/library/b:2']);
    const target = opened && (await openTarget(opened.source, opened.descriptor));
    if (!target || isIndex(target)) throw new Error('no image');
    for (const layer of await target.layers()) await collect(layer.open());
  });
});
