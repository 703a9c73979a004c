import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBinary } from '../../../src/golang/binary/read.ts';
import { goCommand, hasGo } from '../../components/go.ts';
import { describeWith, installed } from '../../components/program.ts';
import { sharedTempDir } from '../../support/ctx.ts';
import { buildPrograms, withoutSections, writePrograms } from './programs.ts';

const sources = {
  zone: 'package main\n\nimport (\n\t"os"\n\t"time"\n)\n\nfunc main() {\n\tl, err := time.LoadLocation(os.Args[1])\n\tprintln(l.String(), err == nil)\n}\n',
  tiny: 'package main\n\nfunc main() { println("tiny") }\n',
  cgo: 'package main\n\n// #include <math.h>\n// #cgo LDFLAGS: -lm\nimport "C"\n\nfunc main() { println(float64(C.cos(C.double(len("x"))))) }\n',
};

/** Word sizes and byte orders; the rest of Go's Linux ports when everything is tested. */
const some = ['386', 'arm64', 'mips', 'riscv64', 's390x'];
const others = ['arm', 'loong64', 'mips64', 'mips64le', 'mipsle', 'ppc64', 'ppc64le'];

let temp: ReturnType<typeof sharedTempDir>;
beforeAll(() => {
  temp = sharedTempDir();
  writePrograms(temp.directory, sources);
});
afterAll(() => temp.remove());

describeWith([hasGo], 'programs of the Go on this machine', () => {
  test('a static program: machine, build info, functions, stripped', async () => {
    const built = await buildPrograms(temp.directory, ['zone', 'tiny'], 'static');
    const goVersion = (await goCommand(['env', 'GOVERSION'])).trim();
    const zone = await readBinary(built('zone'));
    expect(zone).toMatchObject({
      static: true,
      pie: false,
      needed: [],
      stripped: true,
      goVersion,
      class: 64,
    });
    expect(zone.interpreter).toBeUndefined();
    expect(zone.buildInfo).toMatchObject({
      path: 'example.com/programs/zone',
      main: { path: 'example.com/programs', version: '(devel)' },
      settings: { CGO_ENABLED: '0', GOOS: 'linux', '-trimpath': 'true' },
    });
    expect(zone.hasFunction('time.LoadLocation')).toBe(true);
    const tiny = await readBinary(built('tiny'));
    expect(tiny.hasFunction('time.LoadLocation')).toBe(false);
    expect([tiny.links('runtime'), tiny.links('time/tzdata'), zone.links('time')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('the names are those of the symbol table of the same program with symbols', async () => {
    const built = await buildPrograms(temp.directory, ['zone'], 'symbols', { flags: [] });
    const binary = await readBinary(built('zone'));
    expect(binary.stripped).toBe(false);
    const symbols = (await goCommand(['tool', 'nm', built('zone')])).split('\n').flatMap((line) => {
      const [, kind, name] = /^\s*[0-9a-f]+ ([tT]) (\S+)$/.exec(line) ?? [];
      return kind !== undefined && name !== undefined ? [name] : [];
    });
    // Assembly entry points and section marks have no entry in the function table.
    const functions = symbols.filter(
      (name) => /^(?:time|os|strconv|internal\/[a-z]+)\.[A-Za-z(]/.test(name) && !name.includes('abi0'),
    );
    expect(functions.length).toBeGreaterThan(100);
    expect(functions.filter((name) => !binary.hasFunction(name))).toEqual([]);
  });

  test('a position-independent program of Go’s own linker asks for a loader and no library', async () => {
    const built = await buildPrograms(temp.directory, ['zone'], 'pie', {
      flags: ['-buildmode=pie', '-ldflags=-s -w'],
    });
    const binary = await readBinary(built('zone'));
    expect(binary).toMatchObject({ static: false, pie: true, needed: [] });
    expect(binary.interpreter).toMatch(/^\/lib.*\/ld-linux/);
    expect(binary.hasFunction('time.LoadLocation')).toBe(true);
  });

  const all = process.env['CORACLE_TEST_FULL'] === '1' ? [...some, ...others] : some;
  test.each(all)('a program for linux/%s, with and without section headers', async (arch) => {
    const built = await buildPrograms(temp.directory, ['zone'], arch, { env: { GOARCH: arch } });
    for (const file of [built('zone'), withoutSections(built('zone'))]) {
      const binary = await readBinary(file);
      expect(binary).toMatchObject({
        machine: arch,
        static: true,
        buildInfo: { settings: { GOARCH: arch } },
      });
      expect([binary.class, binary.littleEndian]).toEqual([
        /64|s390x/.test(arch) ? 64 : 32,
        !/^(?:mips|mips64|ppc64|s390x)$/.test(arch),
      ]);
      expect(binary.hasFunction('time.LoadLocation')).toBe(true);
      expect(binary.hasFunction('time.LoadLocations')).toBe(false);
    }
  });
});

describeWith([hasGo, installed('gcc')], 'programs with C in them', () => {
  test('linked dynamically: loader, libraries, symbol versions', async () => {
    const built = await buildPrograms(temp.directory, ['cgo'], 'cgo', { env: { CGO_ENABLED: '1' } });
    const binary = await readBinary(built('cgo'));
    expect(binary.static).toBe(false);
    expect(binary.needed).toContain('libc.so.6');
    expect(binary.needed).toContain('libm.so.6');
    const libc = binary.versions.find(({ library }) => library === 'libc.so.6');
    expect(libc?.names).toContainEqual(expect.stringMatching(/^GLIBC_2\./));
    expect(binary.buildInfo?.settings['CGO_ENABLED']).toBe('1');
    expect(binary.hasFunction('main.main')).toBe(true);
    expect(binary.functionsKnown).toBe(true);
    // What the loader needs is there without sections, too.
    const bare = await readBinary(withoutSections(built('cgo')));
    expect(bare).toMatchObject({
      needed: binary.needed,
      versions: binary.versions,
      goVersion: binary.goVersion,
    });
    expect(bare.hasFunction('main.main')).toBe(true);
  });

  test('linked statically, also as static-pie', async () => {
    const flags = (ldflags: string): string[] => [`-ldflags=-s -w -linkmode=external -extldflags=${ldflags}`];
    const env = { CGO_ENABLED: '1' };
    const plain = await buildPrograms(temp.directory, ['cgo'], 'cgo-static', {
      env,
      flags: flags('-static'),
    });
    expect(await readBinary(plain('cgo'))).toMatchObject({ static: true, pie: false, needed: [] });
    const pie = await buildPrograms(temp.directory, ['cgo'], 'cgo-static-pie', {
      env,
      flags: ['-buildmode=pie', ...flags('-static-pie')],
    });
    expect(await readBinary(pie('cgo'))).toMatchObject({ static: true, pie: true, needed: [] });
  });
});

test('a program that is not Go’s has no build info, and answers for no function', async () => {
  const binary = await readBinary(process.execPath);
  expect(binary).toMatchObject({ static: false, functionsKnown: false });
  expect([binary.goVersion, binary.hasFunction('main'), binary.links('main')]).toEqual([
    undefined,
    false,
    false,
  ]);
});

test('a file that is not there, or is a directory, is named', async () => {
  await expect(readBinary(`${temp.directory}/none`)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  await expect(readBinary(temp.directory)).rejects.toMatchObject({ code: 'BINARY_UNREADABLE' });
});
