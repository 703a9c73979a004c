import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exactBase, originPath } from '../../../src/base/exact/exact.ts';
import type { ExactBase, ExactOptions, LibraryProvider } from '../../../src/base/exact/exact.ts';
import { contentOf } from '../../../src/base/tree.ts';
import { readBinary } from '../../../src/golang/binary/read.ts';
import { hasGo } from '../../components/go.ts';
import { call, describeWith, installed } from '../../components/program.ts';
import { buildPrograms, writePrograms } from '../../golang/binary/programs.ts';
import { sharedTempDir } from '../../support/ctx.ts';
import { storedZip } from '../zip-maker.ts';
import { machineProvider } from './machine-provider.ts';
import { runOn } from './run-on.ts';

const sources = {
  net: `package main

import (
	"fmt"
	"net"
	"os/user"
)

func main() {
	addresses, err := net.LookupHost("localhost")
	if err != nil {
		panic(err)
	}
	me, err := user.Current()
	if err != nil {
		panic(err)
	}
	fmt.Println(len(addresses) > 0, me.Username)
}
`,
  store: `package main

// #include "store.h"
// #cgo LDFLAGS: -lm -lpthread -ldl
import "C"

import "fmt"

func main() {
	C.put(7)
	fmt.Println(int(C.get()), float64(C.root(2)) > 1.41)
}
`,
};

/** As sqlite does: threads, dlopen and the mathematics of C. */
const storeHeader = 'void put(int value);\nint get(void);\ndouble root(double of);\n';
const storeSource = `#include "store.h"
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int kept;
void put(int value) { pthread_mutex_lock(&lock); kept = value; pthread_mutex_unlock(&lock); }
int get(void) { return dlopen("/none.so", RTLD_NOW) ? -1 : kept; }
double root(double of) { return sqrt(of); }
`;

const cpp = `#include <cstdio>
#include <pthread.h>
#include <stdexcept>
#include <string>
static void *ends(void *) { pthread_exit(nullptr); }
int main() {
  pthread_t thread;
  pthread_create(&thread, nullptr, ends, nullptr);
  pthread_join(thread, nullptr);
  try { throw std::runtime_error("caught"); }
  catch (const std::exception &e) { std::printf("%s\\n", std::string(e.what()).c_str()); }
}
`;

const thread = `#include <pthread.h>
static void *ends(void *none) { pthread_exit(none); }
int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, ends, 0);
  return pthread_join(thread, 0);
}
`;

const musl = `#include <stdio.h>
#include <pwd.h>
int main(void) { struct passwd *p = getpwuid(65532); printf("%s\\n", p ? p->pw_name : "nobody known"); return 0; }
`;

let temp: ReturnType<typeof sharedTempDir>;
let options: ExactOptions;

beforeAll(() => {
  temp = sharedTempDir();
  const zoneinfo = path.join(temp.directory, 'zoneinfo.zip');
  writeFileSync(zoneinfo, storedZip({ UTC: 'TZif2' }));
  options = { env: {}, mtime: 1_700_000_000, zoneinfo };
});
afterAll(() => temp.remove());

/** For toMatchObject: a text of this form. */
const matching = (form: RegExp): unknown => expect.stringMatching(form);

const paths = ({ entries }: ExactBase): string[] => entries.map((entry) => entry.path);
const files = ({ entries }: ExactBase): string[] =>
  entries.filter(({ type }) => type === 'file').map((entry) => entry.path);
const told = ({ reasons }: ExactBase): string => reasons.map(({ part, why }) => `${part}: ${why}`).join('\n');

async function madeFor(program: string, provider: LibraryProvider): Promise<ExactBase> {
  return exactBase(await readBinary(program), provider, options);
}

const debianPackages = ['libc6', 'libgcc-s1', 'gcc-12-base', 'libstdc++6', 'base-files'];

describeWith([hasGo, installed('gcc'), installed('dpkg-query')], 'the least for a cgo program', () => {
  let built: (name: string) => string;
  let provider: LibraryProvider;
  beforeAll(async () => {
    writePrograms(temp.directory, sources);
    writeFileSync(path.join(temp.directory, 'store/store.h'), storeHeader);
    writeFileSync(path.join(temp.directory, 'store/store.c'), storeSource);
    provider = await machineProvider(debianPackages);
    const flags = ['-tags=netcgo', '-ldflags=-s -w'];
    built = await buildPrograms(temp.directory, ['net', 'store'], 'cgo', {
      flags,
      env: { CGO_ENABLED: '1' },
    });
  });

  test('a program that asks C for names and users runs on its loader, libc and files', async () => {
    const base = await madeFor(built('net'), provider);
    expect(await runOn(base, built('net'))).toEqual({ code: 0, output: 'true root\n' });
    expect(files(base)).toEqual(expect.arrayContaining(['etc/nsswitch.conf', 'etc/passwd', originPath]));
    expect(
      files(base).filter((file) => /\.so\b/.test(file) && !/libc\.so|ld-linux|libresolv/.test(file)),
    ).toEqual([]);
    expect(told(base)).toMatch(/libc\.so\.6 \(libc6 2\.[\d.]+-\S+\): \/app\/program needs it/);
    expect(told(base)).toMatch(/passwd and group/);
  });

  test('no shell, no package database, nothing of a program besides', async () => {
    const base = await madeFor(built('store'), provider);
    expect(await runOn(base, built('store'))).toEqual({ code: 0, output: '7 true\n' });
    expect(paths(base).filter((one) => /(?:^|\/)(?:bin|sbin|dpkg|gconv|locale)(?:\/|$)/.test(one))).toEqual(
      [],
    );
    expect(told(base)).toMatch(/no plug-ins: the program can load libraries by name/);
  });

  test('package, version and licence of each library are in the image', async () => {
    const base = await madeFor(built('store'), provider);
    expect(base.libraries.map((one) => one.package)).toEqual(base.libraries.map(() => 'libc6'));
    const licence = 'usr/share/doc/libc6/copyright';
    expect(base.libraries[0]).toMatchObject({ licence, version: matching(/^2\./) });
    expect(files(base)).toContain(licence);
    expect(files(base)).toContain('usr/share/common-licenses/LGPL-2.1');
    const origin = base.entries.find((entry) => entry.path === originPath);
    const text = origin && (await contentOf(origin, 1_000_000))?.toString();
    expect(JSON.parse(text ?? '')).toEqual({ version: 1, from: 'this machine', libraries: base.libraries });
  });

  test('the same program gives the same base', async () => {
    const [one, other] = [await madeFor(built('net'), provider), await madeFor(built('net'), provider)];
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  });

  test('a library that is not there is named, with the package that has it', async () => {
    const tree = new Map([...provider.tree].filter(([name]) => !name.includes('/libm.so.6')));
    await expect(madeFor(built('store'), { ...provider, tree })).rejects.toMatchObject({
      code: 'BASE_CANNOT_RUN',
      message: 'this machine has no libm.so.6, which /app/program needs',
      hint: matching(/Debian has it in libc6/),
    });
    await expect(madeFor(built('store'), { name: 'nothing', tree: new Map() })).rejects.toMatchObject({
      code: 'BASE_CANNOT_RUN',
      message: matching(/^nothing has no \/lib.*ld-linux.*, which \/app\/program needs$/),
    });
  });

  test('a static program needs none of it', async () => {
    const linked = await buildPrograms(temp.directory, ['net'], 'static');
    const base = await madeFor(linked('net'), { name: 'nothing', tree: new Map() });
    expect(base.libraries).toEqual([]);
    expect(paths(base)).not.toContain(originPath);
  });
});

describeWith([installed('g++'), installed('dpkg-query')], 'the least for a C++ program', () => {
  test('libstdc++ and libgcc come along, and libgcc also for a thread that ends', async () => {
    const program = path.join(temp.directory, 'cpp');
    writeFileSync(`${program}.cpp`, cpp);
    await call(['g++', '-o', program, `${program}.cpp`]);
    const provider = await machineProvider(debianPackages);
    const base = await madeFor(program, provider);
    expect(await runOn(base, program)).toEqual({ code: 0, output: 'caught\n' });
    const owners = Object.fromEntries(base.libraries.map((one) => [path.basename(one.path), one.package]));
    expect(owners).toMatchObject({ 'libc.so.6': 'libc6', 'libgcc_s.so.1': 'libgcc-s1' });
    expect(files(base)).toContain('usr/share/doc/libstdc++6/copyright');
  });

  test('glibc opens libgcc when a thread ends, though no file says that it is needed', async () => {
    const program = path.join(temp.directory, 'thread');
    writeFileSync(`${program}.c`, thread);
    await call(['gcc', '-o', program, `${program}.c`]);
    const provider = await machineProvider(debianPackages);
    const base = await madeFor(program, provider);
    expect(told(base)).toMatch(
      /libgcc_s\.so\.1 \(libgcc-s1 \S+\): glibc, when the program ends a thread, needs it/,
    );
    expect((await runOn(base, program)).code).toBe(0);
    const without = base.entries.filter((entry) => !entry.path.includes('libgcc_s'));
    expect((await runOn({ entries: without }, program)).output).toMatch(/libgcc_s\.so\.1 must be installed/);
  });
});

describeWith([installed('musl-gcc'), installed('dpkg-query')], 'the least for a program of musl’s', () => {
  test('the loader is all there is of C', async () => {
    const program = path.join(temp.directory, 'musl');
    writeFileSync(`${program}.c`, musl);
    await call(['musl-gcc', '-o', program, `${program}.c`]);
    const binary = await readBinary(program);
    expect(binary.interpreter).toMatch(/ld-musl/);
    const base = await madeFor(program, await machineProvider(['musl', 'base-files']));
    expect(base.libraries).toHaveLength(1);
    expect(base.libraries[0]).toMatchObject({ package: 'musl', licence: 'usr/share/doc/musl/copyright' });
    expect(await runOn(base, program)).toEqual({ code: 0, output: 'nonroot\n' });
    await expect(madeFor(program, await machineProvider(['libc6']))).rejects.toMatchObject({
      message: matching(/this machine has no \/lib\/ld-musl/),
      hint: matching(/Debian has it in musl, Alpine in musl/),
    });
  });
});
