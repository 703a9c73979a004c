import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBinary } from '../../src/golang/binary/read.ts';
import { cCompiler } from '../../src/golang/c-compiler.ts';
import { compile } from '../../src/golang/compile.ts';
import { readGoEnv } from '../../src/golang/goenv.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { failure } from './support/failure.ts';
import { compileRequest, goMod, which, writeFiles } from './go-project.ts';

const platform = { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' };

/** A program with C in it; `C.answer()` is all it prints. */
function withC(preamble: string): Record<string, string> {
  return {
    'go.mod': goMod('example.com/app'),
    'main.go': `package main\n\n/*\n${preamble}\n*/\nimport "C"\n\nfunc main() { print(int(C.answer())) }\n`,
  };
}

/** open64 is glibc's name, which musl has only for those who ask; the file is there in every system. */
const plain = withC(
  '#include <fcntl.h>\n#include <unistd.h>\nstatic int answer(void) { int f = open64("/", O_RDONLY); close(f); return f > 0 ? 42 : 0; }',
);

function there(...programs: string[]): boolean {
  return programs.every((program) => {
    try {
      return which(program) !== '';
    } catch {
      return false;
    }
  });
}

describe.runIf(there('gcc', 'musl-gcc'))('static-musl', () => {
  test('musl is linked in, in place of glibc, and nothing is asked of the image', async () => {
    const dir = writeFiles(tempDir(), plain);
    // The machine's CC is for glibc, and not what is asked for here.
    const ctx = testCtx({ env: { CC: 'gcc' } });
    await compile(ctx, compileRequest(dir, { cgo: 'static-musl', platform }));
    await compile(ctx, compileRequest(dir, { cgo: 'static', platform, output: path.join(dir, 'glibc.bin') }));
    const own = path.join(dir, 'out.bin');
    const binary = await readBinary(own);
    expect([binary.static, binary.needed]).toEqual([true, []]);
    expect(execFileSync(own, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: {} })).toBe('');
    expect(readFileSync(own).includes('GNU C Library')).toBe(false);
    expect(readFileSync(path.join(dir, 'glibc.bin')).includes('GLIBC')).toBe(true);
    expect(readFileSync(own).includes('GLIBC')).toBe(false);
    expect(ctx.events.filter(({ kind }) => kind === 'warning')).toEqual([]);
  });

  test('a CC of the build itself is taken as it is', async () => {
    const dir = writeFiles(tempDir(), plain);
    const error = await failure(
      compile(
        testCtx(),
        compileRequest(dir, { cgo: 'static-musl', platform, env: { CC: 'no-such-musl-cc' } }),
      ),
    );
    expect([error.code, error.message]).toEqual([
      'TOOL_MISSING',
      'cgo needs the C compiler no-such-musl-cc (CC), which is not there',
    ]);
  });
});

describe.runIf(there('gcc'))('static', () => {
  test('a program that calls what glibc loads at run time is warned of', async () => {
    const dir = writeFiles(
      tempDir(),
      withC(
        '#include <netdb.h>\nstatic int answer(void) { struct addrinfo *a = 0; return getaddrinfo("localhost", "80", 0, &a); }',
      ),
    );
    const ctx = testCtx();
    await compile(ctx, compileRequest(dir, { cgo: 'static', platform }));
    const warnings = ctx.events.flatMap((event) => (event.kind === 'warning' ? [event] : []));
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('getaddrinfo')]);
    expect(warnings[0]?.hint).toContain('--cgo static-musl');
  });

  test('a program that is not static in spite of it all is refused', async () => {
    const dir = writeFiles(tempDir(), plain);
    const error = await failure(
      compile(testCtx(), compileRequest(dir, { cgo: 'static', platform, ldflags: ['-linkmode=internal'] })),
    );
    expect(error.code).toBe('GO_COMPILE');
    expect(error.message).toMatch(/was to be linked statically, but asks for .*ld-/);
  });
});

test('where the go command runs elsewhere, compilers are not looked for on this machine', async () => {
  const ctx = testCtx({ env: { PATH: '/nowhere' } });
  const settings = await readGoEnv(ctx);
  const wish = { platform, env: {}, elsewhere: true };
  expect(await cCompiler(ctx, settings, { ...wish, cgo: 'dynamic' })).toEqual({});
  expect(await cCompiler(ctx, settings, { ...wish, cgo: 'static-musl' })).toMatchObject({ CC: 'musl-gcc' });
  await expect(cCompiler(ctx, settings, { ...wish, elsewhere: false, cgo: 'dynamic' })).rejects.toMatchObject(
    { code: 'TOOL_MISSING' },
  );
});

test('without musl-gcc the package is named, and what to do without it', async () => {
  const dir = writeFiles(tempDir(), plain);
  const error = await failure(
    compile(
      testCtx({ env: { PATH: '/nowhere', CC: 'gcc' } }),
      compileRequest(dir, { cgo: 'static-musl', platform }),
    ),
  );
  expect(error.code).toBe('TOOL_MISSING');
  expect(error.hint).toContain('apt-get install musl-tools');
  expect(error.hint).toContain('--cgo static');
});
