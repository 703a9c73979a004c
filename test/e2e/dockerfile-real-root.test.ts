/** Dockerfiles as they are out there, built by root: multi-stage Gin, mounts of every kind; then loaded into engines and judged by others. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../components/free-port.ts';
import { hasDocker, startDocker } from '../components/docker.ts';
import { hasPodman, startPodman } from '../components/podman.ts';
import { call, describeWith } from '../components/program.ts';
import { tempDir } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { ociProblems } from '../support/oci-schemas/validate.ts';
import { askUnderRunc, filesOf, openWorkshop, projects, realNeeds, token } from './real-projects.ts';
import type { Workshop } from './real-projects.ts';

// Go's standard library is compiled from nothing.
describeWith(realNeeds, 'a real Dockerfile, built by root', () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await openWorkshop('root');
  });
  afterAll(async () => shop.stop());

  it('of a Gin service in two stages runs, and nothing is done again when nothing changed', async () => {
    const layout = path.join(tempDir(), 'layout');
    const output = ['-o', `type=oci,tar=false,dest=${layout}`];
    await shop.build(projects.gin, output);
    await shop.ask('gin-api', projects.gin);
    await askUnderRunc(layout, tagOf(layout), projects.gin);
    isValid(layout);
    expect((await shop.build(projects.gin, output)).unchanged).toBe(true);
  });

  it('with cache, bind, secret and SSH mounts and heredocs runs, and the secret is nowhere', async () => {
    const layout = path.join(tempDir(), 'layout');
    await shop.build(projects.notes, ['-o', `type=oci,tar=false,dest=${layout}`]);
    await shop.ask('notes', projects.notes);
    await askUnderRunc(layout, tagOf(layout), projects.notes);
    const found = await call(['sh', '-c', `grep -rlF ${token} "$@" || true`, 'sh', shop.home, layout]);
    expect(found.stdout).toBe('');
    for (const file of filesOf(layout)) {
      const bytes = await call([
        'sh',
        '-c',
        'gzip -dcq <"$0" 2>/dev/null | grep -cF "$1" || true',
        file,
        token,
      ]);
      expect(bytes.stdout.trim()).toBe('0');
    }
  });

  describeWith([hasDocker], 'loaded into Docker', () => {
    it('is there under its name, and runs', async () => {
      const docker = await startDocker();
      onTestFinished(docker.stop);
      process.env['DOCKER_HOST'] = docker.host;
      onTestFinished(() => {
        delete process.env['DOCKER_HOST'];
      });
      await shop.build(projects.notes, ['--load', '-t', 'team/notes:2']);
      const archive = path.join(tempDir(), 'notes.tar');
      await shop.build(projects.notes, ['-o', `type=docker,dest=${archive}`]);
      expect(await docker.docker('images', '--format', '{{.Repository}}:{{.Tag}}')).toContain('team/notes:2');
      expect(await docker.docker('load', '--input', archive)).toContain('notes');
      await servedBy(async (port) => {
        await docker.docker(
          'run',
          '--detach',
          '--name',
          'it',
          '--network',
          'host',
          '-e',
          `PORT=${port}`,
          'team/notes:2',
        );
      });
      await docker.docker('rm', '--force', 'it');
    });
  });

  describeWith([hasPodman], 'loaded into Podman', () => {
    it('is there under its name, and runs', async () => {
      const podman = await startPodman();
      onTestFinished(podman.stop);
      const archive = path.join(tempDir(), 'notes.tar');
      await shop.build(projects.notes, ['-o', `type=docker,dest=${archive}`]);
      const [, name = ''] = /Loaded image: (\S+)/.exec(await podman.podman('load', '--input', archive)) ?? [];
      await servedBy(async (port) => {
        await podman.podman(
          'run',
          '--detach',
          // Podman would raise both, which not every machine lets it.
          '--ulimit=nofile=1024:1024',
          '--ulimit=nproc=1024:1024',
          '--network',
          'host',
          '-e',
          `PORT=${port}`,
          name,
        );
      });
    });
  });
});

async function servedBy(start: (port: string) => Promise<void>): Promise<void> {
  const port = String(await freePort());
  await start(port);
  for (let tries = 0; tries < 200; tries++) {
    const response = await fetch(`http://127.0.0.1:${port}/first.txt`).catch(() => undefined);
    if (response) {
      expect(await response.text()).toBe('Bread, cheese.\n');
      return;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  throw new Error('nothing answers');
}

interface Descriptor {
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function tagOf(layout: string): string {
  const { manifests } = parseJson<{ manifests: Descriptor[] }>(
    readFileSync(path.join(layout, 'index.json'), 'utf8'),
  );
  return manifests[0]?.annotations?.['org.opencontainers.image.ref.name'] ?? '';
}

/** Held against the specification's own schemas. */
function isValid(layout: string): void {
  const blob = (digest: string): string =>
    readFileSync(path.join(layout, 'blobs', digest.replace(':', '/')), 'utf8');
  const index = parseJson<{ manifests: Descriptor[] }>(readFileSync(path.join(layout, 'index.json'), 'utf8'));
  expect(ociProblems('index', index)).toEqual([]);
  const manifest = parseJson<{ config: Descriptor }>(blob(index.manifests[0]?.digest ?? ''));
  expect(ociProblems('manifest', manifest)).toEqual([]);
  expect(ociProblems('config', parseJson(blob(manifest.config.digest)))).toEqual([]);
}
