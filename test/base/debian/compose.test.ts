import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { compose } from '../../../src/base/debian/compose.ts';
import type { ComposeOptions } from '../../../src/base/debian/compose.ts';
import type { Composition } from '../../../src/base/debian/types.ts';
import { contentOf } from '../../../src/base/tree.ts';
import { makeDeb } from '../../components/deb.ts';
import type { DebFile } from '../../components/deb.ts';
import { containing } from '../../support/containing.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';
import { servePackages } from './packages.ts';
import type { PackageServer } from './packages.ts';

let server: PackageServer | undefined;
afterEach(async () => server?.stop());

interface Made {
  readonly name: string;
  readonly files?: readonly DebFile[];
  readonly fields?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

async function serve(packages: readonly Made[]): Promise<PackageServer> {
  const directory = path.join(tempDir(), 'debs');
  mkdirSync(directory);
  for (const { name, files = [], fields = {}, scripts = {} } of packages) {
    const { bytes } = makeDeb({ Package: name, ...fields }, files, scripts);
    writeFileSync(path.join(directory, `${name}_1.0_amd64.deb`), bytes);
  }
  server = await servePackages(directory);
  return server;
}

async function composed(packages: readonly Made[], options?: ComposeOptions): Promise<Composition> {
  const { records, source } = await serve(packages);
  return compose(testCtx(), records, source, options);
}

/** Paths of the packages' own entries, with what they link to. */
function shown({ entries, generated }: Composition): string[] {
  const made = new Set(generated.map((one) => one.path));
  return entries
    .filter((entry) => !made.has(entry.path))
    .map(
      ({ path: name, type, linkName }) =>
        `${name}${type === 'directory' ? '/' : ''}${linkName ? ` -> ${linkName}` : ''}`,
    );
}

async function text(base: Composition, name: string): Promise<string | undefined> {
  const entry = base.entries.find((one) => one.path === name);
  return entry && (await contentOf(entry, 10_000))?.toString();
}

const merged: Made = {
  name: 'base-files',
  files: [{ path: './usr/lib/' }, { path: './lib', target: 'usr/lib' }],
};

test('files lie where the links of a merged /usr lead, whichever package has the links', async () => {
  const base = await composed([
    { name: 'a', files: [{ path: './lib/' }, { path: './lib/x.so', content: 'x' }] },
    merged,
    { name: 'z', files: [{ path: './usr/lib/z.so', content: 'z' }] },
  ]);
  expect(shown(base)).toEqual(['lib -> usr/lib', 'usr/', 'usr/lib/', 'usr/lib/x.so', 'usr/lib/z.so']);
});

test('without such links both folders stay', async () => {
  const base = await composed([
    { name: 'a', files: [{ path: './lib/' }, { path: './lib/x.so', content: 'x' }] },
    {
      name: 'z',
      files: [{ path: './usr/' }, { path: './usr/lib/' }, { path: './usr/lib/z.so', content: 'z' }],
    },
  ]);
  expect(shown(base)).toEqual(['lib/', 'lib/x.so', 'usr/', 'usr/lib/', 'usr/lib/z.so']);
});

test('a directory stays as the first package has it, and no link takes its place', async () => {
  const base = await composed([
    {
      name: 'a',
      files: [
        { path: './srv/', mode: 0o700 },
        { path: './srv/in', content: '' },
      ],
    },
    { name: 'b', files: [{ path: './srv/', mode: 0o755 }] },
    { name: 'c', files: [{ path: './srv', target: '/tmp' }] },
  ]);
  expect(base.entries.find((entry) => entry.path === 'srv')).toMatchObject({
    type: 'directory',
    mode: 0o700,
  });
});

test('a file of two packages is refused, unless one replaces the other', async () => {
  const one = { name: 'a', files: [{ path: './etc/x', content: 'a' }] };
  const other = { name: 'b', files: [{ path: './etc/x', content: 'b' }] };
  await expect(composed([one, other])).rejects.toMatchObject({
    code: 'PACKAGE_UNRESOLVABLE',
    message: containing('/etc/x'),
  });
  await server?.stop();
  const older = await composed([one, { ...other, fields: { Replaces: 'a (<< 0.5)' } }]).catch(
    (error: unknown) => error,
  );
  expect(older).toMatchObject({ code: 'PACKAGE_UNRESOLVABLE' });
  await server?.stop();
  expect(await text(await composed([{ ...one, fields: { Replaces: 'b' } }, other]), 'etc/x')).toBe('a');
  await server?.stop();
  expect(await text(await composed([one, { ...other, fields: { Replaces: 'a (<= 1.0)' } }]), 'etc/x')).toBe(
    'b',
  );
});

test('a script that nobody knows is refused, naming package and script', async () => {
  const scripts = { postinst: '#!/bin/sh\nset -e\nadduser --system daemon\n' };
  await expect(composed([{ name: 'service', scripts }])).rejects.toMatchObject({
    code: 'BASE_SCRIPT_UNKNOWN',
    message: 'the package service 1.0 has a postinst script that Coracle has no recipe for',
    hint: containing('sha256:'),
  });
});

test('a known package with a new script is refused too', async () => {
  const scripts = { postinst: '#!/bin/sh\nrm -rf /etc/hosts\n' };
  await expect(composed([{ name: 'netbase', scripts }])).rejects.toMatchObject({
    code: 'BASE_SCRIPT_UNKNOWN',
    message: containing('not one of those that Coracle knows'),
    hint: containing('netbase=VERSION'),
  });
});

test('scripts that only removal runs, and generated parts that make nothing, are no matter', async () => {
  const postinst = [
    '#!/bin/sh\nset -e\n',
    '# Automatically added by dh_makeshlibs/13.11.4\nldconfig\n# End automatically added section\n',
    '# Automatically added by dh_installdeb/13.11.4\ndpkg-maintscript-helper rm_conffile /etc/old 1.0 -- "$@"\n# End automatically added section\n',
  ].join('');
  const base = await composed([
    { name: 'lib', scripts: { postinst, prerm: 'rm -rf /x', postrm: 'rm -rf /y' } },
  ]);
  expect(base.packages.map(({ name }) => name)).toEqual(['lib']);
});

test('a generated part that makes something is not passed over', async () => {
  const postinst =
    '#!/bin/sh\n# Automatically added by dh_installsysusers/13.11.4\nsystemd-sysusers it.conf\n# End automatically added section\n';
  await expect(composed([{ name: 'it', scripts: { postinst } }])).rejects.toMatchObject({
    code: 'BASE_SCRIPT_UNKNOWN',
  });
});

test('of alternatives the highest priority is linked, without slaves that are not there', async () => {
  const alternative = (name: string, priority: number): Made => ({
    name,
    files: [{ path: './usr/bin/' }, { path: `./usr/bin/${name}`, content: name }],
    scripts: {
      postinst: `#!/bin/sh\n# Automatically added by dh_installalternatives/13.7.1\nupdate-alternatives --install /usr/bin/tool tool /usr/bin/${name} ${priority} \\\n --slave /usr/share/man/man1/tool.1 tool.1 /usr/share/man/man1/${name}.1\n# End automatically added section\n`,
    },
  });
  const base = await composed([alternative('one', 5), alternative('two', 10), alternative('three', 7)]);
  const links = base.entries.filter((entry) => entry.type === 'symlink');
  expect(links.map(({ path: name, linkName }) => [name, linkName])).toEqual([
    ['etc/alternatives/tool', '/usr/bin/two'],
    ['usr/bin/tool', '/etc/alternatives/tool'],
  ]);
});

test('a package that is not the one asked for is refused, and nothing of it is kept', async () => {
  const { records, source } = await serve([{ name: 'a', files: [{ path: './x', content: 'x' }] }]);
  const ctx = testCtx();
  const wrong = records.map((one) => ({ ...one, sha256: createHash('sha256').digest('hex') }));
  await expect(compose({ ...ctx, signal: AbortSignal.timeout(60_000) }, wrong, source)).rejects.toMatchObject(
    {
      code: 'CHECKSUM_MISMATCH',
    },
  );
  expect(readdirSync(path.join(ctx.home, 'debian'), { recursive: true })).toEqual(['debs']);
});

test('unpacked contents that were changed in the home are made again', async () => {
  const { records, source } = await serve([{ name: 'a', files: [{ path: './x', content: 'right' }] }]);
  const ctx = testCtx();
  await compose(ctx, records, source);
  const directory = path.join(ctx.home, 'debian', 'unpacked', 'v1');
  const contents = readdirSync(directory).find((name) => name.endsWith('.contents')) ?? '';
  writeFileSync(path.join(directory, contents), 'wrong');
  expect(await text(await compose(ctx, records, source), 'x')).toBe('right');
});

test('what nobody used for a month goes when something new comes', async () => {
  const { records, source } = await serve([{ name: 'a' }, { name: 'b' }]);
  const [a, b] = records;
  const home = tempDir();
  const at = (date: string): ReturnType<typeof testCtx> => testCtx({ home, now: () => new Date(date) });
  await compose(at('2026-01-01'), a ? [a] : [], source);
  await compose(at('2026-03-01'), b ? [b] : [], source);
  expect(readdirSync(path.join(home, 'debian', 'debs'))).toEqual([`${b?.sha256}.deb`]);
  expect(readdirSync(path.join(home, 'debian', 'unpacked', 'v1'))).toHaveLength(2);
});
