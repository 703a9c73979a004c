import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compose } from '../../../src/base/debian/compose.ts';
import { openIndex } from '../../../src/base/debian/index.ts';
import { knownScripts } from '../../../src/base/debian/known-scripts.ts';
import { recipes } from '../../../src/base/debian/recipes/all.ts';
import type { PackageIndex } from '../../../src/base/debian/types.ts';
import { ownVariant, resolveVariant, variants } from '../../../src/base/debian/variants.ts';
import type { Variant } from '../../../src/base/debian/variants.ts';
import { startDebianMirror } from '../../components/debian-mirror.ts';
import type { DebianMirror } from '../../components/debian-mirror.ts';
import { canMakeTrees, debianTrees } from '../../components/debian-trees.ts';
import { describeWith, installed } from '../../components/program.ts';
import { sharedTempDir, testCtx } from '../../support/ctx.ts';

describeWith([canMakeTrees, installed('dpkg-deb')], 'variants, from a signed mirror of real packages', () => {
  let mirror: DebianMirror;
  let index: PackageIndex;
  const home = sharedTempDir();
  beforeAll(async () => {
    const { packages, suite } = await debianTrees();
    mirror = await startDebianMirror({
      release: suite,
      packages: readdirSync(packages).map((name) => {
        const file = path.join(packages, name);
        return { bytes: readFileSync(file), control: execFileSync('dpkg-deb', ['-f', file]).toString() };
      }),
    });
    index = await openIndex(testCtx({ home: home.directory }), mirror.source(), { keys: mirror.keys });
  });
  afterAll(async () => {
    await mirror.stop();
    home.remove();
  });
  const names = (variant: Variant): string[] =>
    resolveVariant(index, variant).packages.map(({ name }) => name);
  const left = (variant: Variant): string[] => resolveVariant(index, variant).without.map((one) => one.path);

  test('each is its packages and what they need, without what scripts alone need', () => {
    const small = ['base-files', 'ca-certificates', 'netbase', 'tzdata'];
    expect(names(variants['static-debian'])).toEqual(small);
    expect(names(variants.glibc)).toEqual([...small, 'libc6'].sort());
    expect(names(variants.cc)).toEqual([...small, 'gcc-12-base', 'libc6', 'libgcc-s1', 'libstdc++6'].sort());
  });

  test('what is left out is said', () => {
    expect(left(variants['static-debian'])).toEqual(
      ['debconf', 'debconf-2.0', 'openssl', 'awk'].map((name) => `package ${name}`),
    );
    expect(left(variants.glibc)).toContain('package libgcc-s1');
    expect(left(variants.cc)).not.toContain('package libgcc-s1');
  });

  test('a package that is asked for is never left out', () => {
    expect(names(ownVariant(['openssl']))).toEqual(expect.arrayContaining(['openssl', 'libssl3', 'libc6']));
    expect(names(ownVariant(['zlib1g']))).not.toContain('debconf');
  });

  test('a variant composes from the index, and says what was left out', async () => {
    const { packages, without } = resolveVariant(index, variants.cc);
    const base = await compose(testCtx({ home: home.directory }), packages, mirror.source(), { without });
    expect(base.packages.map(({ name }) => name)).toEqual(packages.map(({ name }) => name));
    expect(base.omitted.map((one) => one.path)).toContain('package openssl');
    expect(base.entries.find(({ path: name }) => name === 'lib64/ld-linux-x86-64.so.2')).toBeDefined();
  });

  test('libraries of OpenSSL find the authorities without the package of its command', async () => {
    const { packages } = resolveVariant(index, ownVariant(['base-files', 'ca-certificates', 'libssl3']));
    const { entries } = await compose(testCtx({ home: home.directory }), packages, mirror.source());
    const link = entries.find(({ path: name }) => name === 'usr/lib/ssl/certs');
    expect(link).toMatchObject({ type: 'symlink', linkName: '/etc/ssl/certs' });
  });
});

test('every script that is known belongs to a recipe', () => {
  const packages = new Set(recipes.map((recipe) => recipe.package));
  expect(Object.keys(knownScripts).filter((name) => !packages.has(name))).toEqual([]);
});
