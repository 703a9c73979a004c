import { Ajv2020 } from 'ajv/dist/2020.js';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { baseImageOf } from '../../src/bases/make-image.ts';
import { documentSchema, type DocumentName } from '../../src/render/schemas.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import { openStore } from '../../src/store/store.ts';
import { smallBase, program } from '../bases/verify/small-base.ts';
import { describeWith, installed } from '../components/program.ts';
import { parseJson } from '../support/json.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { cleanEnv, coracle } from './run.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });

function fits(name: DocumentName, text: string): unknown {
  const document: unknown = parseJson(text);
  const valid = ajv.compile(documentSchema(name));
  valid(document);
  expect(valid.errors).toBeNull();
  return document;
}

test('base list needs nothing, and tells what is missing and which base is the project’s', async () => {
  const home = tempDir();
  const env = cleanEnv(home);
  writeFileSync(path.join(home, 'coracle.yaml'), 'base: glibc\n');
  const { stdout } = await coracle(['base', 'list', '--json'], { env, cwd: home });
  fits('base-list', stdout);
  const { bases } = parseJson<{ bases: { name: string; project: boolean; lacks?: string }[] }>(stdout);
  expect(bases.filter(({ project }) => project).map(({ name }) => name)).toEqual(['glibc']);
  expect(bases.find(({ name }) => name === 'alpine')?.lacks).toContain('alpine.repositories');
  expect(bases.map(({ name }) => name)).toContain('distalpine');
});

test.each([
  [['build', 'auto'], 'UNSUPPORTED', 'coracle build --base auto'],
  [['verify', 'oci:nowhere'], 'NOT_FOUND', 'nowhere'],
  [['show', 'glibc', '--platform', 'linux/amd64,linux/arm64'], 'USAGE', 'linux/amd64'],
])('coracle base %s is refused with a way out', async (words, code, hint) => {
  const exit = await coracle(['base', ...words]);
  expect(exit.stderr).toContain(`[${code}]`);
  expect(exit.stderr).toContain(hint);
  expect(exit.code).toBeGreaterThan(1);
});

describeWith([installed('busybox')], 'an image as a base', () => {
  test('is shown and verified; a test that fails ends with 1', async () => {
    const home = tempDir();
    const env = cleanEnv(home, { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' });
    const ctx = testCtx({ home: path.join(home, 'coracle') });
    const store = await openStore(ctx);
    const form = { platform: hostPlatform(), compression: { kind: 'none' } } as const;
    const base = smallBase({
      ...{ 'bin/id': null, 'bin/date': null, 'bin/wget': null },
      'bin/su': { ...program('bin/su', ''), mode: 0o4755 },
      'var/lib/dpkg/status.d/libc6': 'Package: libc6\nVersion: 2.41\n',
      'var/lib/dpkg/status.d/libc6.md5sums': `${'0'.repeat(32)}  bin/busybox\n`,
    });
    const { descriptor } = await baseImageOf(ctx, store, base, form);
    await store.refs.set('docker.io/team/base:1', descriptor);
    const run = async (...words: string[]) => coracle(['base', ...words], { env, cwd: home });
    const shown = fits('base-show', (await run('show', 'team/base:1', '--json')).stdout);
    expect(shown).toMatchObject({
      packages: [{ name: 'libc6', version: '2.41', files: 1 }],
      setuid: ['/bin/su'],
      shells: ['/bin/busybox', '/bin/sh'],
    });
    const tried = await run('verify', 'team/base:1', '--json', '--run', 'test -u /bin/su', '--run', 'exit 3');
    expect(fits('base-verify', tried.stdout)).toMatchObject({ passed: false });
    const { checks } = parseJson<{ checks: { name: string; outcome: string }[] }>(tried.stdout);
    const outcomes = checks.filter(({ name }) => name === 'own').map(({ outcome }) => outcome);
    expect([tried.code, ...outcomes]).toEqual([1, 'passed', 'failed']);
  });
});
