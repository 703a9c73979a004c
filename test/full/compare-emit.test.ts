/** What compare writes down is what it measured: each Dockerfile is built by Docker, and the trees are the same. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDockerArchive } from '../../src/archive/docker.ts';
import { emitMethods } from '../../src/compare/emit.ts';
import { makeMethod } from '../../src/compare/make-methods.ts';
import { findProgram } from '../../src/compare/program.ts';
import { compareRequest } from '../../src/compare/request.ts';
import { methodNames } from '../../src/compare/types.ts';
import { openWorkshop } from '../../src/compare/workshop.ts';
import { mergeLayers } from '../../src/layer/merge.ts';
import type { BlobSource } from '../../src/oci/image.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import type { Descriptor } from '../../src/oci/types.ts';
import { openTarget, platformImage } from '../../src/oci/view.ts';
import { openStore } from '../../src/store/store.ts';
import { canMakeTrees } from '../components/debian-trees.ts';
import { hasDocker, startDocker } from '../components/docker.ts';
import type { Docker } from '../components/docker.ts';
import { hasGo } from '../components/go.ts';
import { describeWith } from '../components/program.ts';
import { tempDir, testCtx, sharedTempDir } from '../support/ctx.ts';

const source = `package main

import (
	"net/http"
	"os/user"
)

func main() {
	_, _ = user.Current()
	_ = http.ListenAndServe(":8080", http.NotFoundHandler())
}
`;

describeWith([hasDocker, hasGo, canMakeTrees], 'methods written down', () => {
  const home = sharedTempDir();
  let docker: Docker;
  let emitted = '';
  let project = '';

  beforeAll(async () => {
    docker = await startDocker('overlay2');
    project = path.join(home.directory, 'project');
    emitted = path.join(home.directory, 'emitted');
    await mkdir(path.join(project, 'conf'), { recursive: true });
    await writeFile(path.join(project, 'go.mod'), 'module example.com/asks\n\ngo 1.24\n');
    await writeFile(path.join(project, 'main.go'), source);
    await writeFile(path.join(project, 'conf/settings.txt'), 'x\n');
    await writeFile(
      path.join(project, 'coracle.yaml'),
      'files:\n  - {from: conf, to: /etc/asks}\nenv: {GREETING: hello}\nports: [8080]\n',
    );
  }, 600_000);
  afterAll(async () => {
    await docker.stop();
    home.remove();
  });

  it.each(methodNames)('%s is the same from Docker', { timeout: 1_800_000 }, async (name) => {
    const ctx = testCtx({ home: path.join(home.directory, 'home'), cwd: project });
    const request = await compareRequest(ctx, '.', { methods: [name] });
    await emitMethods(ctx, request, emitted);
    const program = await findProgram(ctx, request);
    const store = await openStore(ctx);
    const shop = await openWorkshop(ctx, store, program, { insecure: [] }, tempDir());
    const built = await makeMethod(shop, name).build(ctx, { directory: program.context });
    await docker.docker(
      'build',
      '-f',
      path.join(emitted, `Dockerfile.${name}`),
      '-t',
      `asks:${name}`,
      emitted,
    );
    const archive = path.join(tempDir(), 'saved.tar');
    await docker.docker('save', '-o', archive, `asks:${name}`);
    const [saved] = await openDockerArchive(archive);
    if (!saved) throw new Error('docker saved nothing');
    const [theirs, ours] = [
      await treeOf(saved.source, saved.descriptor),
      await treeOf(store.blobs, built.descriptor),
    ];
    expect(theirs.size).toBeGreaterThan(1);
    expect(diff(ours, theirs)).toEqual([]);
  });
});

interface Node {
  readonly facts: string;
  readonly sha256: string;
}

async function treeOf(blobs: BlobSource, descriptor: Descriptor): Promise<Map<string, Node>> {
  const image = await platformImage(await openTarget(blobs, descriptor), hostPlatform());
  const tree = new Map<string, Node>();
  for await (const entry of mergeLayers(await image.layers())) {
    const hash = createHash('sha256');
    if (entry.content) for await (const chunk of entry.content()) hash.update(chunk);
    const { type, mode, uid, gid, linkName = '' } = entry;
    // Which of two names of one file is the first, tars choose.
    const kind = type === 'hardlink' ? 'file' : type;
    const link = type === 'symlink' ? linkName : '';
    tree.set(entry.path, {
      facts: JSON.stringify([kind, mode, uid, gid, link]),
      sha256: type === 'file' ? hash.digest('hex') : '',
    });
  }
  return tree;
}

/** What Docker itself leaves in an image, and what a step of each may write beside what it is for. */
const passing =
  /^(etc\/(hosts|hostname|resolv\.conf|mtab)|proc|sys|dev|root\/\.(cache|config)|go\/pkg|tmp\/)/;

function diff(ours: ReadonlyMap<string, Node>, theirs: ReadonlyMap<string, Node>): string[] {
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])].filter((name) => !passing.test(name)).sort();
  return paths.flatMap((name) => {
    const [one, other] = [ours.get(name), theirs.get(name)];
    if (one?.facts !== other?.facts)
      return [`${name}: ours ${one?.facts ?? 'none'}, Docker's ${other?.facts ?? 'none'}`];
    const differ = one?.sha256 !== '' && other?.sha256 !== '' && one?.sha256 !== other?.sha256;
    return differ ? [`${name}: contents differ`] : [];
  });
}
