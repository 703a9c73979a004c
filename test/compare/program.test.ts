import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findProgram, severalPrograms } from '../../src/compare/program.ts';
import { compareRequest } from '../../src/compare/request.ts';
import type { CompareOptions } from '../../src/compare/request.ts';
import type { ComparedProgram } from '../../src/compare/program.ts';
import { hasGo } from '../components/go.ts';
import { goModHere } from '../explain/costs/program.ts';
import { describeWith } from '../components/program.ts';
import { tempDir, testCtx } from '../support/ctx.ts';

const main = 'package main\n\nfunc main() {}\n';

async function found(
  files: Readonly<Record<string, string>>,
  what: string,
  options: CompareOptions = {},
): Promise<{ readonly root: string; readonly program: ComparedProgram }> {
  const root = tempDir();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), text);
  }
  const ctx = testCtx({ cwd: root });
  return { root, program: await findProgram(ctx, await compareRequest(ctx, what, options)) };
}

describeWith([hasGo], 'the program of a comparison', () => {
  const mod = goModHere('example.com/m');

  test('needs cgo when a package of its own does, and not because of the standard library', async () => {
    const c = 'package main\n\nimport "C"\n\nfunc main() {}\n';
    expect((await found({ 'go.mod': mod, 'main.go': c }, '.')).program.cgo).toBe('dynamic');
    const net = 'package main\n\nimport _ "net"\n\nfunc main() {}\n';
    const { program } = await found({ 'go.mod': mod, 'main.go': net }, '.');
    expect([program.cgo, program.resolves]).toEqual([false, true]);
    const off = await found({ 'go.mod': mod, 'main.go': c, 'coracle.yaml': 'go: {cgo: "off"}\n' }, '.');
    expect(off.program.cgo).toBe(false);
  });

  test('may be several, of which one is started', async () => {
    const files = { 'go.mod': mod, 'cmd/api/main.go': main, 'cmd/worker/main.go': main };
    const { program } = await found(files, './cmd/...');
    expect(program.packages.map(({ path: name }) => name)).toEqual(['./cmd/api', './cmd/worker']);
    expect(severalPrograms('.', program, 'started').join()).toContain('api is started, and beside it');
    expect(severalPrograms('.', program, 'measured').join()).toContain('api is measured, not worker;');
    const named = await found(files, './cmd/...', { main: 'worker' });
    expect(named.program.packages.map(({ name }) => name)).toEqual(['worker', 'api']);
    await expect(found(files, './cmd/...', { main: 'other' })).rejects.toThrow(/no program other/);
    const config = { ...files, 'coracle.yaml': 'main: [./cmd/worker, ./cmd/api]\n' };
    expect((await found(config, '.')).program.name).toBe('worker');
  });

  test('has a context that holds the directories which go.mod names in place of modules', async () => {
    const files = {
      'app/go.mod': `${mod}\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n`,
      'app/main.go': 'package main\n\nimport _ "example.com/lib"\n\nfunc main() {}\n',
      'lib/go.mod': goModHere('example.com/lib'),
      'lib/lib.go': 'package lib\n',
    };
    const { root, program } = await found(files, 'app');
    expect([program.context, program.home, program.packages[0]?.path]).toEqual([root, 'app', '.']);
  });

  test('is not one that lies nowhere on this machine', async () => {
    await expect(found({}, 'example.com/m/cmd@v1.0.0')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
