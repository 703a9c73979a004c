import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkRuns } from '../../src/base/check.ts';
import type { CheckOptions } from '../../src/base/check.ts';
import { isToolError } from '../../src/core/errors.ts';
import type { BaseTree } from '../../src/base/tree.ts';
import { readBinary, readBinaryFrom } from '../../src/golang/binary/read.ts';
import type { Binary } from '../../src/golang/binary/read.ts';
import { bufferSource } from '../../src/golang/binary/source.ts';
import { hasGo } from '../components/go.ts';
import { call, describeWith, installed } from '../components/program.ts';
import { makeDynamic } from '../golang/binary/elf-maker.ts';
import type { DynamicPlan } from '../golang/binary/elf-maker.ts';
import { buildPrograms, writePrograms } from '../golang/binary/programs.ts';
import { sharedTempDir } from '../support/ctx.ts';
import { tree } from './tree-maker.ts';

const amd64 = { class: 64, littleEndian: true, machine: 62 } as const;
const glibc = '/lib64/ld-linux-x86-64.so.2';
const musl = '/lib/ld-musl-x86_64.so.1';

const program = async (plan: Partial<DynamicPlan>): Promise<Binary> =>
  readBinaryFrom(bufferSource('program', makeDynamic({ ...amd64, ...plan })));
const library = (plan: Partial<DynamicPlan> = {}): Buffer => makeDynamic({ ...amd64, ...plan });

const libc = library({
  soname: 'libc.so.6',
  defines: ['libc.so.6', 'GLIBC_2.2.5', 'GLIBC_2.30', 'GLIBC_2.31'],
});

/** As Debian lays it out: merged /usr, multiarch. */
const debian = {
  'lib -> usr/lib': '',
  'lib64 -> usr/lib64': '',
  'usr/lib64/ld-linux-x86-64.so.2 -> ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2': '',
  'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2': library(),
  'usr/lib/x86_64-linux-gnu/libc.so.6': libc,
};
const alpine = {
  'lib/ld-musl-x86_64.so.1': library(),
  'lib/libc.musl-x86_64.so.1 -> ld-musl-x86_64.so.1': '',
};

async function refusal(binary: Binary, files: BaseTree, options: CheckOptions = {}): Promise<string> {
  try {
    await checkRuns(binary, files, { base: 'this base', ...options });
  } catch (error) {
    if (isToolError(error, 'BASE_CANNOT_RUN')) return `${error.message} | ${error.hint}`;
    throw error;
  }
  throw new Error('it was not refused');
}

const runs = async (binary: Binary, files: BaseTree, options?: CheckOptions): Promise<void> =>
  expect(checkRuns(binary, files, options)).resolves.toBeUndefined();

describe('what a program needs of its base', () => {
  test('a static one needs nothing, and its base is not even read', async () => {
    await expect(
      checkRuns(await program({}), async () => {
        throw new Error('the base was read');
      }),
    ).resolves.toBeUndefined();
  });

  test('another machine is refused', async () => {
    const said = await refusal(await program({}), tree({}), { architecture: 'arm64' });
    expect(said).toMatch(/this base is for arm64, the program for amd64/);
  });

  test('a missing loader is named, with the way out', async () => {
    const withC = await program({ interpreter: glibc, needed: ['libc.so.6'] });
    expect(await refusal(withC, tree({}))).toMatch(
      /this base has no \/lib64\/ld-linux-x86-64\.so\.2.*libc\.so\.6.*--cgo off.*--cgo static.*--base debian:stable-slim/,
    );
    expect(await refusal(withC, tree(alpine))).toMatch(
      /the glibc loader that the program asks for, it has musl's/,
    );
    expect(await refusal(await program({ interpreter: glibc }), tree({}))).toMatch(
      /Leave out -buildmode=pie/,
    );
    expect(await refusal(await program({ interpreter: musl, needed: ['libc.so'] }), tree(debian))).toMatch(
      /--base alpine:3/,
    );
  });

  test('libraries are found where glibc looks', async () => {
    await runs(
      await program({ interpreter: glibc, needed: ['libc.so.6', 'ld-linux-x86-64.so.2'] }),
      tree(debian),
    );
    const needsX = { interpreter: glibc, needed: ['libx.so.1'] };
    const at = (path: string): BaseTree => tree({ ...debian, [path]: library() });
    expect(await refusal(await program(needsX), at('opt/x/libx.so.1'))).toMatch(
      /this base has no libx\.so\.1, which \/app\/program needs/,
    );
    for (const place of ['usr/lib/x86_64-linux-gnu', 'usr/lib64', 'usr/lib', 'usr/local/lib']) {
      await runs(await program(needsX), at(`${place}/libx.so.1`));
    }
    await runs(await program({ ...needsX, runpath: '$ORIGIN/../x:/none' }), at('opt/x/libx.so.1'), {
      program: '/opt/bin/p',
    });
    await runs(await program({ ...needsX, rpath: '${ORIGIN}/../x' }), at('opt/x/libx.so.1'), {
      program: '/opt/bin/p',
    });
    await runs(await program(needsX), at('opt/x/libx.so.1'), { libraryPath: '/none:/opt/x' });
    await runs(await program({ ...needsX, needed: ['/opt/x/libx.so.1'] }), at('opt/x/libx.so.1'));
    const configured = {
      ...debian,
      'etc/ld.so.conf.d/x.conf': '# ours\n/opt/x # here\n',
      'opt/x/libx.so.1': library(),
    };
    await runs(await program(needsX), tree(configured));
  });

  test('RPATH does not count where there is a RUNPATH', async () => {
    const files = tree({ ...debian, 'opt/x/libx.so.1': library() });
    const both = await program({
      interpreter: glibc,
      needed: ['libx.so.1'],
      rpath: '/opt/x',
      runpath: '/opt/y',
    });
    expect(await refusal(both, files)).toMatch(/no libx\.so\.1/);
  });

  test('libraries need libraries: the asker is named, and its own RUNPATH is for itself', async () => {
    const needsX = await program({ interpreter: glibc, needed: ['libx.so.1'] });
    const x = library({ needed: ['liby.so.2'], runpath: '$ORIGIN/y' });
    const files = { ...debian, 'usr/lib/libx.so.1': x };
    expect(await refusal(needsX, tree(files))).toMatch(/no liby\.so\.2, which libx\.so\.1 needs/);
    await runs(needsX, tree({ ...files, 'usr/lib/y/liby.so.2': library({ needed: ['libx.so.1'] }) }));
    const alsoY = await program({ interpreter: glibc, needed: ['liby.so.2', 'libx.so.1'] });
    expect(await refusal(alsoY, tree({ ...files, 'usr/lib/y/liby.so.2': library() }))).toMatch(
      /liby\.so\.2, which \/app\/program/,
    );
  });

  test('a library of another machine, or a file that is none, does not count', async () => {
    const needsX = await program({ interpreter: glibc, needed: ['libx.so.1'] });
    const arm = makeDynamic({ class: 64, littleEndian: true, machine: 183 });
    expect(await refusal(needsX, tree({ ...debian, 'usr/lib/libx.so.1': arm }))).toMatch(/no libx/);
    expect(await refusal(needsX, tree({ ...debian, 'usr/lib/libx.so.1': 'INPUT(libx.so.2)' }))).toMatch(
      /no libx/,
    );
    await runs(
      needsX,
      tree({ ...debian, 'usr/lib/x86_64-linux-gnu/libx.so.1': arm, 'usr/lib/libx.so.1': library() }),
    );
  });

  test('a symbol version that the base is too old for is named, with a release that has it', async () => {
    const needs = (version: string): Promise<Binary> =>
      program({
        interpreter: glibc,
        needed: ['libc.so.6'],
        needs: { 'libc.so.6': ['GLIBC_2.2.5', version] },
      });
    await runs(await needs('GLIBC_2.31'), tree(debian));
    expect(await refusal(await needs('GLIBC_2.34'), tree(debian))).toMatch(
      /libc\.so\.6 of this base has no GLIBC_2\.34 \(it goes up to GLIBC_2\.31\), which \/app\/program needs.*debian:bookworm-slim/,
    );
    expect(await refusal(await needs('GLIBC_2.38'), tree(debian))).toMatch(/debian:trixie-slim/);
    expect(await refusal(await needs('GLIBC_2.99'), tree(debian))).toMatch(
      /a newer release of the same image/,
    );
  });

  test('musl’s loader is its C library', async () => {
    const withC = await program({ interpreter: musl, needed: ['libc.musl-x86_64.so.1', 'libpthread.so.0'] });
    await runs(withC, tree(alpine));
    const needsZ = await program({ interpreter: musl, needed: ['libz.so.1'] });
    expect(await refusal(needsZ, tree(alpine))).toMatch(/no libz\.so\.1.*alpine/);
    await runs(needsZ, tree({ ...alpine, 'usr/lib/libz.so.1': library() }));
    const moved = { ...alpine, 'etc/ld-musl-x86_64.path': '/opt/lib\n', 'opt/lib/libz.so.1': library() };
    await runs(needsZ, tree(moved));
  });
});

describeWith([hasGo, installed('gcc'), installed('ldd')], 'a real C program in Go', () => {
  let temp: ReturnType<typeof sharedTempDir>;
  beforeAll(() => {
    temp = sharedTempDir();
    writePrograms(temp.directory, {
      cgo: 'package main\n\n// #include <math.h>\n// #cgo LDFLAGS: -lm\nimport "C"\n\nfunc main() { println(float64(C.cos(C.double(len("x"))))) }\n',
    });
  });
  afterAll(() => temp.remove());

  test('runs on this machine’s own files, and not without one of them', async () => {
    const built = await buildPrograms(temp.directory, ['cgo'], 'cgo', { env: { CGO_ENABLED: '1' } });
    const binary = await readBinary(built('cgo'));
    const { stdout } = await call(['ldd', built('cgo')]);
    const paths = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, file = '']) => file);
    expect(paths.length).toBeGreaterThanOrEqual(3);
    const files = Object.fromEntries(paths.map((file) => [file.slice(1), readFileSync(file)]));
    await runs(binary, tree(files));
    for (const path of Object.keys(files)) {
      const { [path]: _, ...others } = files;
      expect(await refusal(binary, tree(others))).toContain(path.slice(path.lastIndexOf('/') + 1));
    }
  });
});
