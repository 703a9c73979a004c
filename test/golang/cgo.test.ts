import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/golang/compile.ts';
import { inputsUnchanged } from '../../src/golang/inputs.ts';
import { collectInputs } from '../../src/golang/inputs-collect.ts';
import { markBeginning } from '../../src/golang/inputs-recorder.ts';
import { sharedTempDir, tempDir, testCtx } from '../support/ctx.ts';
import { failure } from './support/failure.ts';
import { compileRequest, goCommand, goMod, hostGo, which, writeFiles } from './go-project.ts';

/** C code that would tell where it was compiled, if it could. */
const files = {
  'go.mod': goMod('example.com/app'),
  'main.go':
    'package main\n\n/*\n#include "where.h"\nstatic const char *inlined(void) { return __FILE__; }\n*/\nimport "C"\n\nimport "os"\n\nfunc main() { os.Stdout.WriteString(C.GoString(C.where()) + " " + C.GoString(C.inlined())) }\n',
  'where.h': 'const char *where(void);\n',
  'where.c': '#include "where.h"\nconst char *where(void) { return __FILE__; }\n',
};

const here = { amd64: 'x64', arm64: 'arm64' } as const;
const architecture = process.arch === here.arm64 ? 'arm64' : 'amd64';
const platform = { os: 'linux', architecture };

function elf(file: string): string {
  return execFileSync('readelf', ['-Wdl', '--notes', file], { encoding: 'utf8' });
}

function hasCompiler(): boolean {
  try {
    return which('gcc') !== '' && which('readelf') !== '';
  } catch {
    return false;
  }
}

describe.runIf(hasCompiler())('cgo', () => {
  // Not what another directory's build left behind.
  const fresh = sharedTempDir();
  afterAll(() => fresh.remove());

  test.each(['dynamic', 'static'] as const)(
    '%s: the same bytes from any directory, with no path and no build ID of the linker',
    async (cgo) => {
      const one = writeFiles(path.join(tempDir(), 'alice'), files);
      const two = writeFiles(path.join(tempDir(), 'b', 'ob'), files);
      for (const [dir, env] of [
        [one, { GOFLAGS: '' }],
        [two, { GOFLAGS: '', CGO_ENABLED: '0', GOTMPDIR: tempDir(), GOCACHE: fresh.directory }],
      ] as const) {
        await compile(testCtx({ env }), compileRequest(dir, { cgo, platform }));
      }
      const [a, b] = [path.join(one, 'out.bin'), path.join(two, 'out.bin')];
      expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
      expect(readFileSync(a).includes(one)).toBe(false);
      expect(readFileSync(a).includes('/tmp/coracle-test')).toBe(false);
      expect(elf(a)).not.toContain('NT_GNU_BUILD_ID');
      expect(elf(a).includes('INTERP')).toBe(cgo === 'dynamic');
      expect(execFileSync(a, { encoding: 'utf8' })).toMatch(/where\.c/);
    },
  );

  test('static: the flags of the user for the C linker are joined with ours', async () => {
    const dir = writeFiles(tempDir(), files);
    await compile(
      testCtx(),
      compileRequest(dir, {
        cgo: 'static',
        platform,
        ldflags: ["-X main.x=1 '-extldflags=-Wl,-z,now -Wl,-z,relro'"],
        tags: ['more'],
      }),
    );
    expect(elf(path.join(dir, 'out.bin'))).not.toContain('INTERP');
    const info = execFileSync(hostGo().go, ['version', '-m', path.join(dir, 'out.bin')], {
      encoding: 'utf8',
    });
    expect(info).toContain('-tags=more,netgo,osusergo');
    expect(info).toContain('CGO_ENABLED=1');
  });

  test('a program that needs C says so when it is compiled without', async () => {
    const dir = writeFiles(tempDir(), files);
    const error = await failure(compile(testCtx(), compileRequest(dir, { platform })));
    expect(error.code).toBe('GO_COMPILE');
    expect(`${error.message} ${error.hint}`).toContain('--cgo');
  });

  test('a compile error of C is shown unchanged', async () => {
    const dir = writeFiles(tempDir(), { ...files, 'where.c': 'int broken( { return 1; }\n' });
    const error = await failure(compile(testCtx(), compileRequest(dir, { cgo: 'dynamic', platform })));
    expect(error.code).toBe('GO_COMPILE');
    expect(error.detail).toContain('where.c:1:');
  });

  test('a changed C file or header is a changed input, another compiler too', async () => {
    const dir = writeFiles(tempDir(), files);
    const bin = tempDir();
    symlinkSync(which('gcc'), path.join(bin, 'mycc'));
    const ctx = testCtx({ cwd: dir, env: { CC: path.join(bin, 'mycc') } });
    const began = async () => {
      await new Promise((resolve) => setTimeout(resolve, 25));
      return markBeginning(ctx);
    };
    const go = goCommand({ cgo: 'dynamic', platform });
    const inputs = await collectInputs(ctx, go, { cwd: dir, package: '.', began: await began() });
    if (!inputs) throw new Error('not recorded');
    expect(await inputsUnchanged(ctx, inputs)).toBe(true);
    writeFiles(dir, { 'where.h': 'const char *where(void); \n' });
    expect(await inputsUnchanged(ctx, inputs)).toBe('where.h changed');
    expect(JSON.stringify(inputs)).toContain('mycc');
  });
});

describe('without a C compiler', () => {
  const empty = { PATH: '/nowhere', CC: '' };

  test('cgo names the package to install', async () => {
    const dir = writeFiles(tempDir(), files);
    const own = await failure(
      compile(testCtx({ env: empty }), compileRequest(dir, { cgo: 'dynamic', platform })),
    );
    expect(own.code).toBe('TOOL_MISSING');
    expect(own.hint).toContain('apt-get install gcc libc6-dev');
    const cross = await failure(
      compile(
        testCtx({ env: empty }),
        compileRequest(dir, { cgo: 'static', platform: { os: 'linux', architecture: 's390x' } }),
      ),
    );
    expect(cross.code).toBe('TOOL_MISSING');
    expect(cross.hint).toContain('gcc-s390x-linux-gnu');
  });

  test('a CC that is not there is named', async () => {
    const dir = writeFiles(tempDir(), files);
    const error = await failure(
      compile(testCtx(), compileRequest(dir, { cgo: 'dynamic', platform, env: { CC: 'no-such-cc -m64' } })),
    );
    expect(error.code).toBe('TOOL_MISSING');
    expect(error.message).toContain('no-such-cc');
  });
});
