/** What `npm pack` makes, installed and run as any user would: far from this repository. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, describeWith, installed } from '../components/program.ts';
import { sharedTempDir } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { ginApi, repository } from './coracle.ts';

const { directory: root, remove } = sharedTempDir();
const prefix = path.join(root, 'somewhere');
const program = path.join(prefix, 'node_modules', '.bin', 'coracle');
let packed: readonly { readonly filename: string; readonly files: readonly { readonly path: string }[] }[] =
  [];

describeWith([installed('npm')], 'the published package', () => {
  beforeAll(async () => {
    const { stdout } = await call(['npm', 'pack', '--silent', '--json', '--pack-destination', root], {
      cwd: repository,
    });
    packed = parseJson(stdout.slice(stdout.indexOf('[')));
    mkdirSync(prefix);
    const file = packed[0]?.filename.replace(/^@/, '').replace('/', '-') ?? '';
    // As users have it: install scripts may not be allowed, and none is needed.
    await call(
      [
        'npm',
        'install',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
        path.join(root, file),
      ],
      { cwd: prefix },
    );
  });
  afterAll(remove);

  it('holds the program, and nothing of the workshop', () => {
    const files = packed[0]?.files.map((file) => file.path) ?? [];
    expect(files).toContain('coracle');
    expect(files).toContain('dist/main.js');
    expect(files.filter((file) => /^(src|test|bench|scripts|examples|node_modules)\//.test(file))).toEqual(
      [],
    );
    const manifest = parseJson<{ dependencies?: object; scripts: Record<string, string> }>(
      readFileSync(path.join(repository, 'package.json'), 'utf8'),
    );
    expect(manifest.dependencies ?? {}).toEqual({});
    expect(Object.keys(manifest.scripts).filter((name) => /install$|^prepare$/.test(name))).toEqual([]);
  });

  it('lacked a script that runs on hosts, which the program reads as a file', () => {
    const source = path.join(repository, 'src');
    const read = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => {
        const text = readFileSync(path.join(source, name), 'utf8');
        const names = [...text.matchAll(/new URL\(['`]\.\/([^'`]+)['`], import\.meta\.url\)/g)];
        return names.map(([, file = '']) => ({ folder: path.dirname(name), file }));
      })
      .flatMap(({ folder, file }) =>
        file.includes('$')
          ? readdirSync(path.join(source, folder)).filter((name) => name.endsWith(path.extname(file)))
          : [file],
      );
    expect(read).toContain('host-proxy-setup.sh');
    const files = packed[0]?.files.map((file) => file.path) ?? [];
    const missing = read.filter(
      (name) => !name.endsWith('.ts') && !files.some((file) => `${file}/`.startsWith(`dist/${name}/`)),
    );
    expect(missing).toEqual([]);
  });

  it('brings its own Node, the library for system calls, and nothing else', () => {
    const names = readdirSync(path.join(prefix, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(names.filter((name) => !/^(@coracle|@koromix|node-linux-(x64|arm64))$/.test(name))).toEqual([]);
  });

  it('says its version', async () => {
    const { version } = parseJson<{ version: string }>(
      readFileSync(path.join(repository, 'package.json'), 'utf8'),
    );
    expect((await call([program, 'version'])).stdout).toContain(version);
  });

  it('builds a program', async () => {
    const source = await ginApi(path.join(root, 'gin-api'));
    const { stdout } = await call([program, 'build', source], {
      cwd: root,
      env: { CORACLE_HOME: path.join(root, 'home') },
    });
    expect(stdout).toMatch(/sha256:[0-9a-f]{64}/);
  });

  it('is the library that package.json says', async () => {
    const script = "const library = await import('@coracle/cli'); console.log(typeof library.build)";
    const node = path.join(repository, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
    const { stdout } = await call([node, '--input-type=module', '--eval', script], { cwd: prefix });
    expect(stdout).toBe('function\n');
  });
});
