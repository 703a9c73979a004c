/** The same source gives the same image: where, by whom, when and on what machine it is built must not show. */
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { moduleVersion } from '../../src/golang/toolchain-releases.ts';
import { goCommand, hasGo, moduleFiles } from '../components/go.ts';
import { call, describeWith, installed, isRoot } from '../components/program.ts';
import { sharedTempDir } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { coracleOk, ginApi, git, program } from './coracle.ts';
import { build, digestOf } from './project.ts';
import type { BuildDocument } from './project.ts';
import { write } from './tiny.ts';

const { directory: root, remove } = sharedTempDir();
afterAll(remove);

const both = ['--platform', 'linux/amd64,linux/arm64'];
const origin = path.join(root, 'origin');
const seconds = Date.parse('2026-01-02T03:04:05Z') / 1000;

/** Several files, so that their order matters; the standard library's runtime alone, so that a cold compile is quick. */
const source = {
  'go.mod': 'module example.com/same\n\ngo 1.20\n',
  'main.go': `package main

import (
	_ "embed"

	"example.com/same/sub"
)

//go:embed text.txt
var text string

var version = "none"

func main() { println(sub.Word, text, version) }
`,
  'sub/sub.go': 'package sub\n\nconst Word = "sub"\n',
  'text.txt': 'embedded\n',
  'conf/run.sh': '#!/bin/sh\n',
  'conf/app.conf': 'level=1\n',
  'coracle.yaml': 'files: [{ from: conf, to: /etc/app }]\ngo:\n  ldflags: ["-X main.version={{.Version}}"]\n',
  'cgo/main.go': `package main

// static const char *where(void) { return __FILE__; }
// #include <stdlib.h>
import "C"

func main() { println(C.GoString(C.where())) }
`,
};

let count = 0;

/** A clone of its own, in a store of its own. */
async function clone(
  name: string,
  ...flags: string[]
): Promise<{ directory: string; env: Record<string, string> }> {
  const place = path.join(root, name);
  mkdirSync(place);
  const directory = path.join(place, 'src');
  await git(root, 'clone', '--quiet', ...flags, `file://${origin}`, directory);
  await git(directory, 'remote', 'set-url', 'origin', 'https://git.example.com/team/same.git');
  return { directory, env: { CORACLE_HOME: path.join(place, `home${++count}`) } };
}

describeWith([hasGo], 'the same source', () => {
  let first: BuildDocument;

  beforeAll(async () => {
    chmodSync(root, 0o755);
    write(origin, source);
    chmodSync(path.join(origin, 'conf', 'run.sh'), 0o755);
    await git(origin, 'init', '--quiet', '--initial-branch=main');
    const lock = write(path.join(root, 'lock'), source);
    await coracleOk(['lock', lock], { env: { CORACLE_HOME: path.join(root, 'home') } });
    write(origin, { 'coracle.lock': readFileSync(path.join(lock, 'coracle.lock'), 'utf8') });
    await git(origin, 'add', '.');
    await git(origin, 'commit', '--quiet', '--message=first');
    await git(origin, 'tag', 'v1.0.0');
    const { directory, env } = await clone('first');
    first = await build([...both, directory], { env });
  });

  it('says the time of the commit, its version and where it comes from', async () => {
    const { directory, env } = await clone('labels');
    await coracleOk(['build', '-o', `type=oci,tar=false,dest=${root}/layout`, directory], { env });
    const blob = (digest: string): Document =>
      parseJson(readFileSync(path.join(root, 'layout', 'blobs', digest.replace(':', '/')), 'utf8'));
    const index = parseJson<Document>(readFileSync(path.join(root, 'layout', 'index.json'), 'utf8'));
    const manifest = blob(index.manifests?.[0]?.digest ?? '');
    expect(manifest.annotations).toMatchObject({
      'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
      'org.opencontainers.image.revision': (await git(origin, 'rev-parse', 'HEAD')).trim(),
      'org.opencontainers.image.version': 'v1.0.0',
      'org.opencontainers.image.source': 'https://git.example.com/team/same',
    });
    const config = blob(manifest.config?.digest ?? '');
    expect([config.created, ...(config.history ?? []).map(({ created }) => created)]).toEqual(
      Array.from({ length: 1 + (config.history?.length ?? 0) }, () =>
        new Date(seconds * 1000).toISOString().replace('.000', ''),
      ),
    );
  });

  it.each<[string, Record<string, string>, string[], string[]]>([
    [
      'another folder, with a longer name and other modes',
      {},
      [],
      ['sh', '-c', 'umask 077 && chmod -R go-rwx "$0" && exec "$@"', '.'],
    ],
    [
      'another zone and language',
      { TZ: 'Pacific/Auckland', LC_ALL: 'de_DE.UTF-8', LANG: 'ja_JP.UTF-8' },
      [],
      [],
    ],
    [
      'GOFLAGS of somebody else',
      { GOFLAGS: '-buildvcs=false -trimpath=false -ldflags=-X=main.version=x' },
      [],
      [],
    ],
    ['a shallow clone of a commit with a tag', {}, ['--depth=1'], []],
    ['one core', {}, [], installed('taskset')() === undefined ? ['taskset', '-c', '0'] : []],
  ])('is the same image from %s', async (name, env, flags, wrapper) => {
    const place = await clone(name.replaceAll(/\W+/g, '-'), ...flags);
    const [runs, ...rest] = [...wrapper, program, 'build', '--json', ...both, '.'];
    const { stdout } = await call([runs, ...rest], { cwd: place.directory, env: { ...place.env, ...env } });
    expect(parseJson<BuildDocument>(stdout).images[0]?.descriptor).toEqual(first.images[0]?.descriptor);
  });

  it('is another image from a shallow clone that lacks the tag, which says so', async () => {
    await git(origin, 'commit', '--quiet', '--allow-empty', '--message=second');
    const full = await clone('full');
    const shallow = await clone('shallow', '--depth=1');
    const [one, other] = [await build([full.directory], full), await build([shallow.directory], shallow)];
    await git(origin, 'reset', '--quiet', '--hard', 'v1.0.0');
    expect(one.images[0]?.notes).toEqual([]);
    expect(other.images[0]?.notes.join()).toContain('shallow');
    expect(digestOf(other)).not.toBe(digestOf(one));
  });

  it('is the same image by a toolchain that was fetched', async () => {
    const version = first.images[0]?.platforms[0]?.go.version ?? '';
    const folder = await moduleFiles(['mod', 'download', `golang.org/toolchain@${moduleVersion(version)}`]);
    const [proxy = '', sumdb = ''] = (await goCommand(['env', 'GOPROXY', 'GOSUMDB'])).split('\n');
    const place = await clone('fetched');
    const fetched = await build([...both, place.directory], {
      env: {
        ...place.env,
        PATH: '/usr/bin:/bin',
        GOPROXY: `file://${folder},${proxy}`,
        GOSUMDB: sumdb,
        GOMODCACHE: path.join(root, 'mod'),
      },
    });
    expect(fetched.images[0]?.platforms.map(({ go }) => go.origin)).toEqual(['fetched', 'fetched']);
    expect(digestOf(fetched)).toBe(digestOf(first));
  });

  it('is the same image in the time of SOURCE_DATE_EPOCH, and another than in that of the commit', async () => {
    const env = { SOURCE_DATE_EPOCH: '1700000000' };
    const [one, two] = [await clone('epoch-1'), await clone('epoch-2')];
    const built = await build([...both, one.directory], { env: { ...one.env, ...env } });
    expect(digestOf(await build([...both, two.directory], { env: { ...two.env, ...env } }))).toBe(
      digestOf(built),
    );
    expect(digestOf(built)).not.toBe(digestOf(first));
  });
});

describeWith(
  [hasGo, isRoot, installed('setpriv'), installed('gcc')],
  'another user, whose caches are empty',
  () => {
    it('makes the same images, one with C in it too', async () => {
      const mine = await clone('root');
      const theirs = await clone('nobody');
      const place = path.dirname(theirs.directory);
      await call(['chown', '-R', '65534:65534', place]);
      const asNobody = {
        ...theirs.env,
        HOME: place,
        GOCACHE: path.join(place, 'gocache'),
        GOMODCACHE: path.join(place, 'gomodcache'),
        TMPDIR: place,
        USER: 'nobody',
        TZ: 'America/New_York',
        CORACLE_TEST_CACHE: undefined,
      };
      const user = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] as const;
      for (const what of [['.'], ['./cgo', '--cgo', 'static']]) {
        const ours = await build(what, { cwd: mine.directory, env: mine.env });
        const { stdout } = await call([...user, program, 'build', '--json', ...what], {
          cwd: theirs.directory,
          env: asNobody,
        });
        expect(digestOf(parseJson<BuildDocument>(stdout))).toBe(digestOf(ours));
      }
    });
  },
);

describeWith([], 'gin-api', () => {
  it('is the same image in two folders, on all cores and on one', async () => {
    const one = installed('taskset')() === undefined ? ['taskset', '-c', '0'] : [];
    const digests: string[] = [];
    for (const [name, wrapper] of [
      ['gin', []],
      [path.join('some', 'where', 'else'), one],
    ] as const) {
      const directory = await ginApi(path.join(root, name));
      const [runs = program, ...rest] = [...wrapper, program, 'build', '--json', ...both, directory];
      const env = { CORACLE_HOME: path.join(root, `home-${path.basename(name)}`) };
      digests.push(digestOf(parseJson<BuildDocument>((await call([runs, ...rest], { env })).stdout)));
    }
    expect(new Set(digests).size).toBe(1);
  });
});

/**
 * What a fixed program comes to, in bytes. When this fails, images change for everyone who rebuilds: that is a line in CHANGELOG.md
 * and new digests here, or a mistake. The Go version is fetched where the machine has another.
 */
const golden = {
  gzip: [
    'sha256:14ea842217ad253250ec2cb2c3c483b9a4f22e5dce3835b280b1c38c0e1446b1',
    'sha256:80ff63d04d0f14218b09d3a936a27b753ec771c8d1d12397d5ce885d74bb62af',
  ],
  zstd: [
    'sha256:2db9a8807a211ac6168cf178ace1d6de76ea4d99ca49e2ecef5b29902a356d57',
    'sha256:63815a0624901d6b01cfa00e05bd65020067ed1dc394bfcf1a184379853c1c5a',
  ],
};

describeWith([], 'the golden image', () => {
  it.each(['gzip', 'zstd'] as const)('has not changed a bit, compressed by %s', async (compression) => {
    const directory = write(path.join(root, `golden-${compression}`), {
      'go.mod': 'module example.com/golden\n\ngo 1.26.8\n',
      'main.go': 'package main\n\nfunc main() { println("golden") }\n',
    });
    const env = { CORACLE_HOME: path.join(root, 'golden'), SOURCE_DATE_EPOCH: '1700000000' };
    const built = await build([...both, '--compression', compression, directory], { env });
    expect(built.images[0]?.platforms.map(({ descriptor }) => descriptor.digest)).toEqual(
      golden[compression],
    );
  });
});

interface Document {
  readonly manifests?: readonly { readonly digest: string }[];
  readonly config?: { readonly digest: string };
  readonly annotations?: Record<string, string>;
  readonly created?: string;
  readonly history?: readonly { readonly created: string }[];
}
