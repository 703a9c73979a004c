import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { answers } from '../../../src/base/debian/chosen.ts';
import {
  compactPackages,
  linesOf,
  linesProviding,
  requiredLines,
} from '../../../src/base/debian/packages.ts';
import { readLine } from '../../../src/base/debian/record-line.ts';
import { resolvePackages } from '../../../src/base/debian/resolve.ts';
import type { ResolveOptions } from '../../../src/base/debian/resolve.ts';
import type { LockedPackage, PackageIndex, PackageRecord } from '../../../src/base/debian/types.ts';
import { compareVersions } from '../../../src/base/debian/versions.ts';
import { aptMissing } from '../../components/deb.ts';
import { containing } from '../../support/containing.ts';

/** An index of a Packages file's text. */
async function indexOf(text: string): Promise<PackageIndex> {
  const packages = await compactPackages(chunks(text));
  const read = (lines: readonly string[]): PackageRecord[] =>
    lines
      .map((line) => readLine(line, 'trixie'))
      .sort((one, other) => compareVersions(other.version, one.version));
  return {
    releases: [],
    versions: (name) => read(linesOf(packages, name)),
    providers: (name) => read(linesProviding(packages, name)),
    required: () => read(requiredLines(packages)),
  };
}

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  // Seven bytes at a time where that is quick: stanzas and lines are cut anywhere.
  const size = bytes.length < 100_000 ? 7 : 65_536;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Of packages written as `name version ; Field: value ; …`. */
async function index(...packages: readonly string[]): Promise<PackageIndex> {
  const stanzas = packages.map((text) => {
    const [head = '', ...more] = text.split(' ; ');
    const [name = '', version = '1'] = head.split(' ');
    const digest = Buffer.from(`${name} ${version}`).toString('hex').padEnd(64, '0').slice(0, 64);
    return [
      ...[`Package: ${name}`, `Version: ${version}`, 'Architecture: amd64'],
      ...[`Filename: pool/${name}_${version}.deb`, 'Size: 1', `SHA256: ${digest}`],
      ...more,
      'Priority: optional',
    ].join('\n');
  });
  return indexOf(stanzas.join('\n\n'));
}

async function names(
  packages: readonly string[],
  wanted: readonly string[],
  options: ResolveOptions = {},
): Promise<string> {
  return resolvePackages(await index(...packages), wanted, options)
    .map(({ name, version }) => (version === '1' ? name : `${name}=${version}`))
    .join(' ');
}

test('what a package needs comes along, and what that needs', async () => {
  const packages = ['a ; Depends: b', 'b ; Pre-Depends: c', 'c', 'd ; Recommends: a'];
  expect(await names(packages, ['a'])).toBe('a b c');
  expect(await names(packages, ['d'])).toBe('d');
});

test('packages that need each other come together', async () => {
  expect(await names(['a ; Depends: b', 'b ; Depends: a'], ['b'])).toBe('a b');
});

test('the newest version comes, and an older one where the newest will not do', async () => {
  const packages = ['a 1.9', 'a 1.10', 'b ; Depends: a (<< 1.10)'];
  expect(await names(packages, ['a'])).toBe('a=1.10');
  expect(await names(packages, ['b'])).toBe('a=1.9 b');
  expect(await names(packages, ['a=1.9'])).toBe('a=1.9');
});

test('an alternative that is there already counts before the first', async () => {
  const packages = ['a ; Depends: x | y', 'x', 'y'];
  expect(await names(packages, ['a'])).toBe('a x');
  expect(await names(packages, ['a', 'y'])).toBe('a y');
  expect(await names(['a ; Depends: gone | y', 'y'], ['a'])).toBe('a y');
});

test('of what provides a virtual package the one of the highest priority comes', async () => {
  const packages = [
    'base ; Pre-Depends: awk',
    'gawk ; Provides: awk',
    'mawk ; Provides: awk ; Priority: required',
    'original-awk ; Provides: awk',
  ];
  expect(await names(packages, ['base'])).toBe('base mawk');
  expect(await names(packages, ['base', 'original-awk'])).toBe('base original-awk');
  expect(await names(packages, ['awk'])).toBe('mawk');
  // Of equals the first by name, whatever the order of the index.
  const equals = ['base ; Depends: awk', 'zawk ; Provides: awk', 'bawk ; Provides: awk'];
  expect(await names(equals, ['base'])).toBe('base bawk');
});

test('a version is met by a provided version alone', async () => {
  const packages = [
    'a ; Depends: v (>= 2)',
    'p ; Provides: v',
    'q ; Provides: v (= 1)',
    'r ; Provides: v (= 2)',
  ];
  expect(await names(packages, ['a'])).toBe('a r');
});

test('what is left out on purpose is neither taken along nor missed', async () => {
  const packages = ['tzdata ; Depends: debconf (>= 0.5) | debconf-2.0', 'debconf'];
  expect(await names(packages, ['tzdata'], { without: ['debconf'] })).toBe('tzdata');
});

test('essential packages come when they are asked for', async () => {
  const packages = ['a', 'dash ; Essential: yes', 'c ; Depends: d', 'd ; Essential: yes'];
  expect(await names(packages, ['a'])).toBe('a');
  expect(await names(packages, ['a'], { essential: true })).toBe('a d dash');
});

test('an error names the chain that leads to what is missing', async () => {
  const packages = await index('a ; Depends: b', 'b ; Depends: c (>= 2) | e', 'c', 'e-provider');
  expect(() => resolvePackages(packages, ['a'])).toThrow(
    expect.objectContaining({
      code: 'PACKAGE_UNRESOLVABLE',
      message: 'c (>= 2) | e cannot be had, which b needs: of c there is 1; there is no package e',
      detail: 'b 1, which a needs',
    }),
  );
  expect(() => resolvePackages(packages, ['nothing'])).toThrow(
    'nothing cannot be had: there is no package nothing',
  );
  expect(() => resolvePackages(packages, ['../a'])).toThrow('is no name of a Debian package');
});

test('two packages that cannot be together are both named', async () => {
  const packages = await index(
    'a ; Depends: b',
    'b ; Breaks: c (<< 2)',
    'c',
    'd ; Conflicts: mta ; Provides: mta',
    'e ; Provides: mta',
  );
  expect(() => resolvePackages(packages, ['a', 'c'])).toThrow(
    expect.objectContaining({
      code: 'PACKAGE_UNRESOLVABLE',
      message: 'b 1 and c 1 cannot be together: b breaks c (<< 2)',
      detail: 'b 1, which a needs\nc 1',
    }),
  );
  expect(() => resolvePackages(packages, ['d', 'e'])).toThrow('d conflicts with mta');
  expect(resolvePackages(packages, ['d'])).toHaveLength(1);
});

test('an alternative that breaks what is chosen is passed over', async () => {
  expect(await names(['a ; Depends: x | y', 'x ; Conflicts: a', 'y'], ['a'])).toBe('a y');
});

test('a locked package keeps its version, and one that is gone is an error', async () => {
  const packages = await index('a 1', 'a 2', 'b ; Depends: a');
  const [newest, oldest] = packages.versions('a');
  const lock = (record: PackageRecord | undefined, more: Partial<LockedPackage> = {}): LockedPackage[] =>
    record ? [{ ...record, ...more }] : [];
  const resolved = resolvePackages(packages, ['b'], { locked: lock(oldest) });
  expect(resolved.map(({ version }) => version)).toEqual(['1', '1']);
  for (const locked of [lock(newest, { version: '1.5' }), lock(newest, { sha256: '0'.repeat(64) })]) {
    expect(() => resolvePackages(packages, ['b'], { locked })).toThrow(
      expect.objectContaining({ code: 'LOCK_MISMATCH', message: containing('coracle.lock pins a') }),
    );
  }
});

test('a package for another architecture does not do', async () => {
  const [record] = (await index('a ; Provides: v')).versions('a');
  if (!record) throw new Error('no record');
  expect(answers(record, { name: 'a', architecture: 'any' })).toBe(true);
  expect(answers(record, { name: 'a', architecture: 'i386' })).toBe(false);
});

const aptTrouble = aptMissing();
test.skipIf(aptTrouble !== undefined)(
  "packages of the machine's own release are resolved as apt resolves them",
  { timeout: 60_000 },
  async () => {
    const text = execFileSync('apt-cache', ['dumpavail'], { maxBuffer: 1 << 30 }).toString('latin1');
    const all = await indexOf(text);
    for (const wanted of [
      ['base-files', 'libstdc++6'],
      ['ca-certificates', 'tzdata', 'netbase'],
      ['gcc', 'git'],
    ]) {
      const lines = execFileSync(
        'apt-get',
        [
          ...['-s', '-qq', '--no-install-recommends', '-o', 'Dir::State::status=/dev/null'],
          ...['-o', 'Debug::NoLocking=1', 'install', ...wanted],
        ],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      ).toString();
      const apt = [...lines.matchAll(/^Inst (\S+) \((\S+)/gm)].map(
        ([, name, version]) => `${name} ${version}`,
      );
      const essential = new Set(resolvePackages(all, [], { essential: true }).map(({ name }) => name));
      const mine = resolvePackages(all, wanted).map(({ name, version }) => `${name} ${version}`);
      // apt brings what is essential even to an empty system.
      const beyond = apt.filter((one) => !essential.has(one.split(' ')[0] ?? '') || mine.includes(one));
      expect(mine).toEqual(beyond.sort());
    }
  },
);
