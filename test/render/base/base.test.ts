import { expect, test } from 'vitest';
import type { BuiltBase } from '../../../src/bases/build-base.ts';
import type { BaseList } from '../../../src/bases/list.ts';
import type { ShownBase } from '../../../src/bases/show.ts';
import type { Verification } from '../../../src/bases/verify/types.ts';
import { renderBuiltBase } from '../../../src/render/base/build.ts';
import { renderBases } from '../../../src/render/base/list.ts';
import { renderShownBase } from '../../../src/render/base/show.ts';
import { renderVerification } from '../../../src/render/base/verify.ts';
import { styleFor } from '../../../src/render/style.ts';
import { displayWidth } from '../../../src/render/width.ts';

const view = { style: styleFor(false), columns: 80 };
const digest = `sha256:${'ab'.repeat(32)}` as const;
const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 700 };
const escape = '\u001B[31m';

function expectFits(text: string): void {
  expect(text).not.toContain('\u001B');
  for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80);
}

test('tests inside a base: state, reason, who tried it, and what a failed one said', () => {
  const result: Verification = {
    ...{ image: `it${escape}`, digest, platform: 'linux/amd64', at: '2026-11-21T00:00:00Z' },
    checks: [
      {
        name: 'shell',
        what: 'the shell runs',
        outcome: 'passed',
        why: '/bin/sh runs',
        by: '/bin/sh, inside',
      },
      { name: 'zones', what: 'time zones', outcome: 'not applicable', why: 'there are no time zones in it' },
      {
        ...{ name: 'own', what: `psql --version; ${'x'.repeat(60)}`, outcome: 'failed', why: 'it exits 127' },
        said: [`${escape}psql: not found`],
      },
    ],
    ...{ passed: false, took: 2100 },
  };
  const text = renderVerification(result, view);
  expectFits(text);
  expect(text).toContain('ok the shell runs');
  expect(text).toContain('-- time zones');
  expect(text).toMatch(/^!! psql --version; x+… it exits 127$/m);
  expect(text).toContain('psql: not found');
  expect(text).toContain('1 test failed, 1 passed, 1 not applicable in 2.1 s.');
});

test('a base that was made: names, digest, size, packages, what was left out', () => {
  const built: BuiltBase = {
    ...{ name: 'glibc', references: ['docker.io/team/base:1'], descriptor, took: 1400 },
    platforms: [
      {
        platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
        size: 5_700_000,
        base: {
          ...{
            kind: 'image',
            name: 'glibc',
            key: 'k',
            reference: 'localhost/coracle/base/glibc:k',
            descriptor,
          },
          ...{ config: {}, reasons: [], generated: [{ path: 'etc/hosts', instead: 'netbase' }] },
          omitted: [{ kind: 'documents', files: 12, bytes: 3_400 }],
          locked: { source: 'debian trixie', wanted: [], packages: [] },
          statement: 'an equivalent',
        },
      },
    ],
  };
  const text = renderBuiltBase(built, view);
  expectFits(text);
  for (const part of [
    digest,
    '5.7 MB',
    '0 packages of debian trixie',
    'documents: 12 files, 3.4 kB',
    'an equivalent',
  ])
    expect(text).toContain(part);
});

test('what is in a base: the largest package first, scripts with the files that stand for them', () => {
  const shown: ShownBase = {
    ...{ image: 'it', digest, platform: 'linux/amd64', size: 10, files: 3, bytes: 300, user: '', rpm: false },
    packages: [
      { name: 'small', version: '1', files: 1, bytes: 100 },
      { name: `large${escape}`, version: '2', files: 1, bytes: 150 },
      { name: 'unknown', version: '3' },
    ],
    others: { files: 1, bytes: 50 },
    ...{ setuid: ['/usr/bin/su'], shells: [], users: [{ name: 'root', uid: 0, home: '/root' }] },
    made: {
      ...{ name: 'debian', key: 'k', omitted: [] },
      generated: ['a', 'b', 'c', 'd', 'e'].map((path) => ({ path, instead: 'base-files: copies' })),
    },
  };
  const text = renderShownBase(shown, view);
  expectFits(text);
  expect(text.indexOf('large')).toBeLessThan(text.indexOf('small'));
  expect(text).toContain('base-files: copies: /a, /b, /c, /d and 1 more');
  expect(text).toMatch(/\(no package\) +1 +50 B/);
  expect(text).toMatch(/unknown +3 +- +-/);
  expect(text).toContain('/usr/bin/su');
  const rpm = renderShownBase({ ...shown, packages: [], rpm: true }, view);
  expect(rpm).toContain('database of RPM');
});

test('the list: what is missing here, what is in the store, which one is the project’s', () => {
  const all: BaseList = {
    bases: [
      {
        ...{ name: 'alpine', kind: 'composed', means: 'packages', when: 'seldom', packages: true },
        ...{ needs: 'a repository', lacks: 'none is named', project: true },
        stored: [{ reference: 'r', digest, platforms: ['linux/amd64'], size: 1000, at: 0, verified: '2026' }],
      },
    ],
    images: [{ reference: `slim${escape}`, digest, platforms: [], size: 5, at: 0 }],
    project: 'debian:12',
  };
  const text = renderBases(all, 3 * 24 * 3600 * 1000, view);
  expectFits(text);
  expect(text).toContain('needs: a repository; none is named');
  expect(text).toMatch(/3 days ago,\s+verified/);
  expect(text).toContain('(of coracle.yaml)');
  expect(text).toContain('coracle.yaml names debian:12');
});
