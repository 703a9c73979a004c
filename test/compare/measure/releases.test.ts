/** Second releases and build times, by a small method that really compiles, and makes an image of two layers. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Method } from '../../../src/compare/method.ts';
import { buildTimes, recallBuildTimes } from '../../../src/compare/measure/build-times.ts';
import { withCopy } from '../../../src/compare/measure/copy.ts';
import { median } from '../../../src/compare/measure/median.ts';
import { secondRelease } from '../../../src/compare/measure/second-release.ts';
import type { Ctx } from '../../../src/core/ctx.ts';
import { ToolError } from '../../../src/core/errors.ts';
import { writeTar } from '../../../src/layer/tar-write.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { hostPlatform } from '../../../src/oci/platform.ts';
import { mediaTypes, type Descriptor } from '../../../src/oci/types.ts';
import { copyTarget, storeSink } from '../../../src/registry/transfer.ts';
import { openStore } from '../../../src/store/store.ts';
import { goCommand, hasGo } from '../../components/go.ts';
import { describeWith } from '../../components/program.ts';
import { memorySource } from '../../oci/memory-source.ts';
import { containing } from '../../support/containing.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';

async function putLayers(ctx: Ctx, contents: readonly Buffer[]): Promise<Descriptor> {
  const source = memorySource();
  const tars: Buffer[] = [];
  for (const [index, bytes] of contents.entries()) {
    const base = { path: `file${index}`, mode: 0o755, uid: 0, gid: 0, mtime: 0, type: 'file' } as const;
    const content = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes;
    };
    const chunks: Uint8Array[] = [];
    for await (const chunk of writeTar([{ ...base, size: bytes.length, content }])) chunks.push(chunk);
    tars.push(Buffer.concat(chunks));
  }
  const rootfs = { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: source.add(JSON.stringify({ ...hostPlatform(), config: {}, rootfs }), mediaTypes.ociConfig),
    layers: tars.map((tar) => source.add(gzipSync(tar), mediaTypes.ociLayerGzip)),
  };
  const descriptor = source.add(JSON.stringify(manifest), mediaTypes.ociManifest);
  await copyTarget({ source, descriptor }, storeSink((await openStore(ctx)).blobs));
  return descriptor;
}

const base = Buffer.alloc(50_000, 'the base of all releases');
const compiled: Pick<Method, 'name' | 'kind' | 'build'> = {
  name: 'small',
  kind: 'method',
  build: async (ctx, { directory }) => {
    const output = path.join(tempDir(), 'app');
    await goCommand(['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', output, './cmd/app'], {
      cwd: directory,
      env: { CGO_ENABLED: '0' },
    });
    return { reference: 'x', descriptor: await putLayers(ctx, [base, readFileSync(output)]) };
  },
};

function project(): { directory: string; main: string } {
  const directory = path.join(tempDir(), 'shop');
  mkdirSync(path.join(directory, 'cmd/app'), { recursive: true });
  writeFileSync(path.join(directory, 'go.mod'), 'module example.com/shop\n\ngo 1.21\n');
  const write = (name: string, text: string): void =>
    writeFileSync(path.join(directory, 'cmd/app', name), text);
  write('a_windows.go', 'package main\n\nfunc main() {}\n');
  write('b.go', '//go:build ignore\n\npackage main\n\nfunc main() {}\n');
  write('c.go', 'package main\n\nfunc helper() string { return "x" }\n');
  write('main.go', 'package main\n\nfunc main() { println(helper()) }');
  symlinkSync('cmd/app/main.go', path.join(directory, 'link.go.txt'));
  return { directory, main: './cmd/app' };
}

describeWith([hasGo], 'releases', () => {
  test('a second release moves what the first one does not have, and no more', async () => {
    const ctx = testCtx();
    const source = project();
    const first = await compiled.build(ctx, { directory: source.directory });
    const moved = await withCopy(ctx, source, async (copy) => {
      expect(await secondRelease(ctx, compiled, first, copy)).toMatchObject({
        missing: containing('changes nothing'),
      });
      await copy.change();
      const { descriptor } = await compiled.build(ctx, copy);
      const manifest: unknown = JSON.parse(
        Buffer.from(await (await openStore(ctx)).blobs.read(descriptor)).toString(),
      );
      const sizes = [...JSON.stringify(manifest).matchAll(/"size":(\d+)/g)].map(([, size]) => Number(size));
      const [config = 0, , program = 0] = sizes;
      expect(await secondRelease(ctx, compiled, first, copy)).toEqual({
        value: descriptor.size + config + program,
      });
      return copy.directory;
    });
    expect(path.basename(moved)).toBe('shop');
    expect(readFileSync(path.join(source.directory, 'cmd/app/main.go'), 'utf8')).not.toContain('coracle');
  });

  test('build times come with their day, and are there for the next comparison', async () => {
    const ctx = testCtx({ now: () => new Date('2026-02-03T04:05:06Z') });
    const program = { ...project(), key: 'go 1.26' };
    const seen: string[] = [];
    const method = {
      ...compiled,
      build: async (...[ctx, how]: Parameters<Method['build']>) => {
        const text = readFileSync(path.join(how.directory, 'cmd/app/main.go'), 'utf8');
        seen.push(`${how.fresh === true ? 'fresh ' : ''}${text.split('coracleSecondRelease').length}`);
        return compiled.build(ctx, how);
      },
    };
    expect(await recallBuildTimes(ctx, method, program)).toBeUndefined();
    const times = await buildTimes(ctx, method, program, 2);
    expect(seen).toEqual(['fresh 1', '1', '1', '3', '3', '5']);
    expect(times.coldBuild).toMatchObject({ at: '2026-02-03T04:05:06.000Z', of: 1 });
    expect(times.changedBuild).toMatchObject({ at: '2026-02-03T04:05:06.000Z', of: 2 });
    expect(await recallBuildTimes(ctx, method, program)).toEqual(times);
    expect(await recallBuildTimes(ctx, method, { ...program, key: 'go 1.27' })).toBeUndefined();
  });
});

test('the build of a changed line was that of the second release, which lay in the cache', async () => {
  const ctx = testCtx();
  const source = project();
  const read = (directory: string): string => readFileSync(path.join(directory, 'cmd/app/main.go'), 'utf8');
  const release = await withCopy(ctx, source, async (copy) => {
    await copy.change();
    return read(copy.directory);
  });
  const built: string[] = [];
  const method: Pick<Method, 'name' | 'kind' | 'build'> = {
    name: 'reading',
    kind: 'method',
    build: async (_ctx, { directory }) => {
      built.push(read(directory));
      return { reference: 'x', descriptor: await putLayers(ctx, [base]) };
    },
  };
  await buildTimes(ctx, method, { ...source, key: '' });
  expect(built).toHaveLength(4);
  expect(built[3]).not.toBe(built[2]);
  expect(built).not.toContain(release);
});

test('what cannot be built again has no figure', async () => {
  const ctx = testCtx();
  const first = { reference: 'x', descriptor: await putLayers(ctx, [base]) };
  const broken: Pick<Method, 'name' | 'kind' | 'build'> = {
    name: 'broken',
    kind: 'method',
    build: async () => Promise.reject(new ToolError('GO_COMPILE', 'it does not compile')),
  };
  const source = project();
  await withCopy(ctx, source, async (copy) => {
    await copy.change();
    const image = await secondRelease(ctx, { ...broken, kind: 'image' }, first, copy);
    expect(image).toEqual({ missing: 'an image that was given cannot be built again' });
    expect(await secondRelease(ctx, broken, first, copy)).toMatchObject({
      missing: containing('it does not compile'),
    });
  });
  expect((await buildTimes(ctx, broken, { ...source, key: '' })).coldBuild).toMatchObject({
    missing: containing('it does not compile'),
  });
});

test('medians', () => {
  expect(median([3, 1, 2])).toEqual({ value: 2, spread: [1, 3], of: 3 });
  expect(median([4, 1, 2, 3])).toEqual({ value: 2.5, spread: [1, 4], of: 4 });
  expect(median([7])).toEqual({ value: 7, of: 1 });
});
