/** Results of steps and cache mounts go from machine to machine, and a cache that is bad in any way costs time and nothing else. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { zstdDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../components/program.ts';
import { blobFile } from '../components/registry.ts';
import { parseJson } from '../support/json.ts';
import { ociProblems } from '../support/oci-schemas/validate.ts';
import { blobsIn, fileOf, kitNeeds, openKit, stepsThat } from './dockerfile-kit.ts';
import type { Kit } from './dockerfile-kit.ts';
import { digestOf } from './project.ts';

/** Times of every kind, owners, links, a whiteout, and a cache mount. */
const twoStages = `FROM BASE AS build
WORKDIR /src
COPY main.txt .
RUN --mount=type=cache,target=/cache if test -e /cache/seen; then echo warm; else echo cold; fi >/state; \\
    cp main.txt /cache/seen; mkdir /out; cp main.txt /state /out; \\
    touch -d '2001-01-01 00:00:00' /out/old; touch -d '2033-01-01 00:00:00' /out/future; ln /out/old /out/linked; ln -s old /out/link
FROM BASE
RUN echo runtime >/etc/conf; rm /etc/group; touch -d '2002-01-01 00:00:00' /etc/dated
COPY --from=build /out/ /app/
`;

let kit: Kit;
beforeAll(async () => {
  kit = await openKit();
});
afterAll(async () => kit.stop());

let count = 0;
const name = (): string => `${kit.registry.host}/app${++count}`;

interface Manifest {
  readonly artifactType?: string;
  readonly config: { readonly mediaType: string; readonly digest: string };
  readonly layers: readonly { readonly mediaType: string; readonly digest: string; readonly size: number }[];
}

async function manifestOf(reference: string): Promise<Manifest> {
  const [, repository = '', tag = ''] = /^[^/]+\/(.+):(.+)$/.exec(reference) ?? [];
  const answer = await fetch(`http://${kit.registry.host}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  return parseJson<Manifest>(await answer.text());
}

describeWith(kitNeeds, 'a cache in a registry', () => {
  it('lets another machine build and push without fetching a layer', async () => {
    const app = name();
    const context = kit.context({ Dockerfile: twoStages, 'main.txt': 'one\n' });
    const first = await kit
      .machine()
      .build(context, ['-t', `${app}:1`, '--push', '--cache-to', `type=registry,ref=${app}:cache,mode=max`]);
    const before = kit.registry.log().length;
    const machine = kit.machine();
    const again = await machine.build(context, [
      '-t',
      `${app}:1`,
      '--push',
      '--explain',
      '--cache-from',
      `type=registry,ref=${app}:cache`,
    ]);
    expect(digestOf(again)).toBe(digestOf(first));
    expect(stepsThat(again, 'ran')).toEqual([]);
    const layers = first.images[0]?.platforms[0]?.layers.map(({ digest }) => digest) ?? [];
    expect(layers).toHaveLength(3);
    expect(blobsIn(machine).filter((digest) => layers.includes(digest))).toEqual([]);
    const fetched = kit.registry.log().slice(before);
    for (const { digest } of (await manifestOf(`${app}:cache`)).layers)
      expect(fetched).not.toContain(`blobs/${digest} `);
    // The name means what the registry says: the store does not have the image.
    expect(await fileOf(machine, `${app}:1`, '/app/main.txt')).toBe('one\n');
  });

  it('is mounted into another repository of the registry, and nothing travels', async () => {
    const [app, other] = [name(), name()];
    const context = kit.context({ Dockerfile: twoStages, 'main.txt': 'mounted\n' });
    await kit.machine().build(context, ['--cache-to', `type=registry,ref=${app}:cache`]);
    const machine = kit.machine();
    const from = ['--cache-from', `${app}:cache`];
    // With mode=min the stage that is only copied from is not there, so it runs; the image's own layers are.
    const again = await machine.build(context, ['-t', `${other}:1`, '--push', '--explain', ...from]);
    expect(stepsThat(again, 'cached')).toContain(
      "RUN echo runtime >/etc/conf; rm /etc/group; touch -d '2002-01-01 00:00:00' /etc/dated",
    );
    expect(kit.registry.log()).toMatch(
      new RegExp(`POST /v2/${other.split('/')[1] ?? ''}/blobs/uploads/\\?[^"]*mount=`),
    );
  });

  it('has steps above what changed run on layers that come from there', async () => {
    const app = name();
    const files = { Dockerfile: twoStages, 'main.txt': 'one\n' };
    const [context, changed] = [kit.context(files), kit.context({ ...files, 'main.txt': 'two\n' })];
    const env = { SOURCE_DATE_EPOCH: '1700000000' };
    await kit.machine().build(context, ['--cache-to', `type=registry,ref=${app}:cache,mode=max`], { env });
    const machine = kit.machine();
    const from = ['--explain', '--cache-from', `type=registry,ref=${app}:cache`];
    const warm = await machine.build(changed, ['-t', 'warm', ...from], { env });
    expect(stepsThat(warm, 'cached')).toEqual(expect.arrayContaining(['WORKDIR /src']));
    expect(stepsThat(warm, 'ran')).toHaveLength(3);
    const cold = await kit.machine().build(changed, ['-t', 'cold'], { env });
    expect(digestOf(warm)).toBe(digestOf(cold));
    // An unpacked layer of another machine is what it was there.
    const listed = await machine.coracle(['run', '--rm', 'warm', '--', 'ls', '-la', '/app', '/etc']);
    expect(listed.stdout).toMatch(/old\n/);
    expect(listed.stdout).not.toContain('group');
    const below = kit.context({
      ...files,
      Dockerfile: `${twoStages}RUN ls -l /app/ && cat /app/main.txt >/copy\n`,
    });
    const onTop = await kit.machine().build(below, ['-t', 'top', ...from], { env });
    expect(stepsThat(onTop, 'ran')).toHaveLength(1);
    expect(digestOf(onTop)).toBe(digestOf(await kit.machine().build(below, [], { env })));
  });

  it('serves a build with another epoch, whose layers are written anew', async () => {
    const app = name();
    const context = kit.context({ Dockerfile: twoStages, 'main.txt': 'epoch\n' });
    await kit.machine().build(context, ['--cache-to', `type=registry,ref=${app}:cache,mode=max`], {
      env: { SOURCE_DATE_EPOCH: '1700000000' },
    });
    const env = { SOURCE_DATE_EPOCH: '1800000000' };
    const warm = await kit.machine().build(context, ['--explain', '--cache-from', `${app}:cache`], { env });
    expect(stepsThat(warm, 'ran')).toEqual([]);
    expect(digestOf(warm)).toBe(digestOf(await kit.machine().build(context, [], { env })));
  });

  it('is an OCI artifact that says what it is, and grows only by what is new', async () => {
    const app = name();
    const to = ['--cache-to', `type=registry,ref=${app}:cache,mode=max`];
    const files = { Dockerfile: twoStages, 'main.txt': 'one\n' };
    const machine = kit.machine();
    await machine.build(kit.context(files), to);
    const first = await manifestOf(`${app}:cache`);
    expect(first).toMatchObject({
      artifactType: 'application/vnd.coracle.cache.v1',
      config: { mediaType: 'application/vnd.coracle.cache.config.v1+json' },
    });
    expect(first.layers.length).toBeGreaterThan(3);
    const before = kit.registry.log().length;
    await machine.build(kit.context({ ...files, 'main.txt': 'two\n' }), to);
    const uploads = kit.registry
      .log()
      .slice(before)
      .match(/"PUT \/v2\/[^"]*\/blobs\/uploads/g);
    // COPY, RUN, the last COPY, and the records.
    expect(uploads).toHaveLength(4);
  });

  it('travels in two steps: who takes it and adds nothing can write it elsewhere whole', async () => {
    const [app, other] = [name(), name()];
    const context = kit.context({ Dockerfile: twoStages, 'main.txt': 'twice\n' });
    await kit.machine().build(context, ['--cache-to', `type=registry,ref=${app}:cache,mode=max`]);
    await kit
      .machine()
      .build(context, [
        '--cache-from',
        `${app}:cache`,
        '--cache-to',
        `type=registry,ref=${other}:cache,mode=max`,
      ]);
    const last = await kit.machine().build(context, ['--explain', '--cache-from', `${other}:cache`]);
    expect(stepsThat(last, 'ran')).toEqual([]);
  });

  it('serves an ordinary user, and root takes what one made', async () => {
    const app = name();
    const context = kit.context({ Dockerfile: twoStages, 'main.txt': 'user\n' });
    const made = await kit
      .machine('subids')
      .build(context, ['--cache-to', `type=registry,ref=${app}:cache,mode=max`]);
    const changed = kit.context({
      Dockerfile: `${twoStages}RUN cat /app/main.txt >/copy\n`,
      'main.txt': 'user\n',
    });
    for (const who of ['root', 'single'] as const) {
      const machine = kit.machine(who);
      const same = await machine.build(context, ['--explain', '--cache-from', `${app}:cache`]);
      expect(digestOf(same)).toBe(digestOf(made));
      expect(stepsThat(same, 'ran')).toEqual([]);
      expect(
        stepsThat(await machine.build(changed, ['--explain', '--cache-from', `${app}:cache`]), 'ran'),
      ).toHaveLength(1);
    }
  });
});

describeWith(kitNeeds, 'a cache in a directory', () => {
  it('is written and read, and can be moved', async () => {
    const context = kit.context({ Dockerfile: twoStages, 'main.txt': 'local\n' });
    const directory = path.join(kit.root, 'local-cache');
    const first = await kit.machine().build(context, ['--cache-to', `type=local,dest=${directory},mode=max`]);
    const again = await kit
      .machine()
      .build(context, ['--explain', '--cache-from', `type=local,src=${directory}`]);
    expect(stepsThat(again, 'ran')).toEqual([]);
    expect(digestOf(again)).toBe(digestOf(first));
  });
});

describeWith(kitNeeds, 'a cache inside an image', () => {
  const dockerfile = 'FROM BASE\nCOPY main.txt /\nRUN cat main.txt >copy\nRUN echo last >>copy\n';

  it('is found under the name of the image', async () => {
    const app = name();
    const files = { Dockerfile: dockerfile, 'main.txt': 'inline\n' };
    const first = await kit
      .machine()
      .build(kit.context(files), ['-t', `${app}:1`, '--push', '--cache-to', 'type=inline']);
    const again = await kit
      .machine()
      .build(kit.context(files), [
        ...['-t', `${app}:1`, '--explain', '--cache-from', `${app}:1`, '--cache-to', 'type=inline'],
      ]);
    expect(stepsThat(again, 'ran')).toEqual([]);
    expect(digestOf(again)).toBe(digestOf(first));
    const changed = kit.context({ ...files, Dockerfile: dockerfile.replace('last', 'other') });
    const machine = kit.machine();
    const partly = await machine.build(changed, ['-t', 'partly', '--explain', '--cache-from', `${app}:1`]);
    expect(stepsThat(partly, 'ran')).toHaveLength(1);
    expect(await fileOf(machine, 'partly', '/copy')).toBe('inline\nother\n');
  });

  it('breaks no specification, and neither does a cache beside it', async () => {
    const [app, layout] = [name(), path.join(kit.root, 'inline-layout')];
    const context = kit.context({ Dockerfile: dockerfile, 'main.txt': 'schema\n' });
    await kit
      .machine()
      .build(context, [
        ...[
          '-t',
          `${app}:1`,
          '--push',
          '--cache-to',
          'type=inline',
          '--cache-to',
          `type=local,dest=${layout},mode=max`,
        ],
      ]);
    const { config, ...manifest } = await manifestOf(`${app}:1`);
    const inline = parseJson<Record<string, unknown>>(
      readFileSync(blobFile(kit.registry, config.digest), 'utf8'),
    );
    expect(inline).toHaveProperty(['vnd.coracle.cache.v1', 'version'], 1);
    expect(ociProblems('config', inline)).toEqual([]);
    expect(ociProblems('manifest', { config, ...manifest })).toEqual([]);
    const index = parseJson<{ manifests: { digest: string }[] }>(
      readFileSync(path.join(layout, 'index.json'), 'utf8'),
    );
    expect(ociProblems('index', index)).toEqual([]);
    const beside = readFileSync(layoutBlob(layout, index.manifests[0]?.digest ?? ''), 'utf8');
    // The schema is that of images; an artifact differs in the type of its config alone.
    expect(ociProblems('manifest', parseJson(beside))).toEqual([
      'manifest/config/mediaType: must be equal to constant',
    ]);
  });

  it('is one of each platform', async () => {
    const app = name();
    const context = kit.context({
      Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH.txt /file\n',
      'amd64.txt': 'a\n',
      'arm64.txt': 'b\n',
    });
    const both = ['--platform', 'linux/amd64,linux/arm64'];
    await kit.machine().build(context, ['-t', `${app}:1`, '--push', '--cache-to', 'type=inline', ...both]);
    const again = await kit.machine().build(context, ['--explain', '--cache-from', `${app}:1`, ...both]);
    expect(again.steps?.map(({ state }) => state)).toEqual(['cached', 'cached']);
  });
});

describeWith(kitNeeds, 'what cache mounts hold', () => {
  const dockerfile = `FROM BASE
COPY main.txt /
RUN --mount=type=cache,target=/cache,uid=1000,mode=0750 cat /cache/seen >/seen 2>/dev/null; ls -ln /cache >/list; stat -c '%u %a' /cache >/mode; \\
    cp /main.txt /cache/seen; chown 5:6 /cache/seen; chmod 4711 /cache/seen; touch -d '2001-02-03 04:05:06' /cache/seen; ln -sf seen /cache/link
`;

  it('comes to a machine that has no such cache, with owners, modes and times', async () => {
    const app = name();
    const flags = [
      '--cache-mounts',
      '--cache-to',
      `type=registry,ref=${app}:cache`,
      '--cache-from',
      `${app}:cache`,
    ];
    await kit.machine().build(kit.context({ Dockerfile: dockerfile, 'main.txt': 'one\n' }), flags);
    const machine = kit.machine();
    const built = await machine.build(kit.context({ Dockerfile: dockerfile, 'main.txt': 'two\n' }), [
      '-t',
      'two',
      ...flags,
    ]);
    expect(built.stderr).toContain('restore cache mount /cache');
    expect(await fileOf(machine, 'two', '/seen')).toBe('one\n');
    expect(await fileOf(machine, 'two', '/list')).toMatch(/^-rws--x--x +1 5 +6 +4 Feb +3 +2001 seen$/m);
    expect(await fileOf(machine, 'two', '/mode')).toBe('1000 750\n');
    // What is here is newer than what is there.
    await machine.build(kit.context({ Dockerfile: dockerfile, 'main.txt': 'three\n' }), [
      '-t',
      'three',
      ...flags,
    ]);
    expect(await fileOf(machine, 'three', '/seen')).toBe('two\n');
  });

  it('stays in a cache although a build had nothing to run, and goes no further without the flag', async () => {
    const app = name();
    const flags = ['--cache-to', `type=registry,ref=${app}:cache`, '--cache-from', `${app}:cache`];
    const context = kit.context({ Dockerfile: dockerfile, 'main.txt': 'one\n' });
    await kit.machine().build(context, ['--cache-mounts', ...flags]);
    await kit.machine().build(context, ['--cache-mounts', ...flags]);
    const machine = kit.machine();
    await machine.build(kit.context({ Dockerfile: dockerfile, 'main.txt': 'two\n' }), [
      '-t',
      'two',
      '--cache-mounts',
      ...flags.slice(2),
    ]);
    expect(await fileOf(machine, 'two', '/seen')).toBe('one\n');
    const cold = kit.machine();
    await cold.build(kit.context({ Dockerfile: dockerfile, 'main.txt': 'three\n' }), [
      '-t',
      'three',
      ...flags,
    ]);
    expect(await fileOf(cold, 'three', '/seen')).toBe('');
  });
});

describeWith(kitNeeds, 'a secret', () => {
  it('is in nothing that travels', async () => {
    const [app, value] = [name(), 'hunter2-hunter2'];
    const context = kit.context({
      Dockerfile: `FROM BASE\nRUN --mount=type=secret,id=token --mount=type=secret,id=token,env=TOKEN --mount=type=cache,target=/c wc -c /run/secrets/token >/c/size; cp /c/size /\n`,
    });
    const flags = ['--secret', 'id=token,env=VALUE', '--cache-mounts', '--cache-to'];
    await kit
      .machine()
      .build(context, [...flags, `type=registry,ref=${app}:cache,mode=max`], { env: { VALUE: value } });
    const { config, layers } = await manifestOf(`${app}:cache`);
    expect(layers.map(({ mediaType }) => mediaType)).toContain(
      'application/vnd.coracle.cache.mount.v1.tar+zstd',
    );
    for (const { digest } of [config, ...layers])
      expect(plain(readFileSync(blobFile(kit.registry, digest)))).not.toContain(value);
    // Another value is the same step.
    const again = await kit
      .machine()
      .build(context, ['--explain', '--secret', 'id=token,env=VALUE', '--cache-from', `${app}:cache`], {
        env: { VALUE: 'other' },
      });
    expect(stepsThat(again, 'ran')).toEqual([]);
  });
});

function plain(bytes: Buffer): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes).toString('latin1');
  return (bytes[0] === 0x28 && bytes[1] === 0xb5 ? zstdDecompressSync(bytes) : bytes).toString('latin1');
}

describeWith(kitNeeds, 'a cache that cannot be used', () => {
  const files = { Dockerfile: `${twoStages}RUN cat /app/main.txt >/copy\n`, 'main.txt': 'bad\n' };

  it.each([
    ['is not there', (app: string) => `${app}:missing`],
    ['is an image without one', () => kit.base],
    ['is in no directory', () => 'type=local,src=/nowhere/at/all'],
    ['is in a registry that does not answer', () => '127.0.0.1:1/app:cache'],
  ])('as it %s is told, and passed over', async (_, spec) => {
    const built = await kit.machine().build(kit.context(files), ['--cache-from', spec(name())]);
    expect(built.images).toHaveLength(1);
    expect(built.stderr).toMatch(/the cache .* is not used/);
  });

  it('as a layer of it is gone or damaged costs time, and the image is the same', async () => {
    const app = name();
    const cold = await kit
      .machine()
      .build(kit.context(files), [
        '--cache-to',
        `type=local,dest=${kit.root}/${app.split('/')[1] ?? ''},mode=max`,
      ]);
    const directory = path.join(kit.root, app.split('/')[1] ?? '');
    const from = ['--cache-from', `type=local,src=${directory}`];
    const changed = kit.context({ ...files, Dockerfile: `${files.Dockerfile}RUN cat /copy >/more\n` });
    const right = digestOf(await kit.machine().build(changed));
    for (const spoil of [(file: string) => writeFileSync(file, 'spoilt'), (file: string) => rmSync(file)]) {
      const blobs = path.join(directory, 'blobs', 'sha256');
      const records = recordsIn(directory);
      const layers = records.layers.flatMap(({ own, blob }) => (own && blob ? [blob.descriptor.digest] : []));
      expect(layers.length).toBeGreaterThan(2);
      for (const digest of layers) spoil(path.join(blobs, digest.slice('sha256:'.length)));
      const built = await kit.machine().build(changed, from);
      expect(built.stderr).toContain('a cache cannot be used, so the build goes on without');
      expect(digestOf(built)).toBe(right);
    }
    expect(digestOf(cold)).not.toBe(right);
  });

  it('as it names a layer that another blob is, is found out before anything stands on it', async () => {
    const directory = path.join(kit.root, 'lying-cache');
    const dockerfile = 'FROM BASE\nRUN echo good >/one\nRUN echo better >/two\n';
    await kit
      .machine()
      .build(kit.context({ Dockerfile: dockerfile }), [
        '--cache-to',
        `type=local,dest=${directory},mode=max`,
      ]);
    const records = recordsIn(directory);
    const [one, two] = records.layers.filter(({ own }) => own);
    if (!one || !two) throw new Error('no layers');
    [one.blob, two.blob] = [two.blob, one.blob];
    rewriteRecords(directory, records);
    const machine = kit.machine();
    const built = await machine.build(
      kit.context({ Dockerfile: `${dockerfile}RUN cat /one /two >/three\n` }),
      [...['-t', 'three', '--cache-from', `type=local,src=${directory}`]],
    );
    expect(built.stderr).toContain('a cache cannot be used');
    expect(await fileOf(machine, 'three', '/three')).toBe('good\nbetter\n');
  });

  it('as it cannot be written is an error, unless it may be ignored', async () => {
    const context = kit.context(files);
    const failed = await kit
      .machine()
      .coracle(['build', '--cache-to', 'type=registry,ref=127.0.0.1:1/app:cache', context]);
    expect(failed.code).toBe(3);
    const ignored = await kit
      .machine()
      .build(context, ['--cache-to', 'type=registry,ref=127.0.0.1:1/app:cache,ignore-error=true']);
    expect(ignored.stderr).toContain('is not written');
  });
});

interface Records {
  readonly layers: {
    id: string;
    own?: unknown;
    blob?: { descriptor: { digest: string; size: number } } | undefined;
  }[];
}

function layoutBlob(directory: string, digest: string): string {
  return path.join(directory, 'blobs', digest.replace(':', '/'));
}

function recordsIn(directory: string): Records {
  const index = parseJson<{ manifests: { digest: string }[] }>(
    readFileSync(path.join(directory, 'index.json'), 'utf8'),
  );
  const manifest = parseJson<Manifest>(
    readFileSync(layoutBlob(directory, index.manifests[0]?.digest ?? ''), 'utf8'),
  );
  return parseJson<Records>(readFileSync(layoutBlob(directory, manifest.config.digest), 'utf8'));
}

/** Puts other records into a layout, with all digests right. */
function rewriteRecords(directory: string, records: Records): void {
  const put = (value: unknown): { digest: string; size: number } => {
    const bytes = Buffer.from(JSON.stringify(value));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    writeFileSync(layoutBlob(directory, digest), bytes);
    return { digest, size: bytes.length };
  };
  const file = path.join(directory, 'index.json');
  const index = parseJson<{ manifests: { digest: string }[] }>(readFileSync(file, 'utf8'));
  const manifest = parseJson<Manifest>(
    readFileSync(layoutBlob(directory, index.manifests[0]?.digest ?? ''), 'utf8'),
  );
  const changed = { ...manifest, config: { ...manifest.config, ...put(records) } };
  writeFileSync(file, JSON.stringify({ ...index, manifests: [{ ...index.manifests[0], ...put(changed) }] }));
}
