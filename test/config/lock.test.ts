import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLock, readLock, writeLock, type Lock } from '../../src/config/lock.ts';
import { parseLock } from '../../src/config/lock-parse.ts';
import { tempDir } from '../support/ctx.ts';
import { containing } from '../support/containing.ts';

const digest = (letter: string): `sha256:${string}` => `sha256:${letter.repeat(64)}`;
const h1 = `h1:${'A'.repeat(43)}=`;
const lock: Lock = {
  go: { version: '1.26.8', hash: { 'linux/arm64': h1, 'linux/amd64': digest('a') } },
  caBundle: { source: 'ca-certificates 2026.1', digest: digest('b') },
  zoneinfo: { source: 'go1.26.8', digest: digest('c') },
  bases: { 'docker.io/library/alpine:3.22': digest('e'), 'a.example.com/x:1': digest('d') },
};

test('a lock is written for people, sorted, with a header', () => {
  expect(formatLock(lock))
    .toBe(`# What this image is made from besides its source. Coracle keeps it; commit it.
# coracle lock --update shows what newer inputs there are, and takes them.
version: 1
go:
  version: "1.26.8"
  hash:
    linux/amd64: "${digest('a')}"
    linux/arm64: "${h1}"
ca-bundle:
  source: "ca-certificates 2026.1"
  digest: "${digest('b')}"
zoneinfo:
  source: "go1.26.8"
  digest: "${digest('c')}"
bases:
  "a.example.com/x:1": "${digest('d')}"
  "docker.io/library/alpine:3.22": "${digest('e')}"
`);
});

test('what is written is read back, whatever the names', () => {
  const hex = fc.stringMatching(/^[0-9a-f]{64}$/).map((text): `sha256:${string}` => `sha256:${text}`);
  const any = fc.record<Lock>(
    {
      go: fc.constant({ version: '1.20' }),
      caBundle: fc.record({ source: fc.string({ minLength: 1 }), digest: hex }),
      bases: fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== '<<'),
        hex,
        { minKeys: 1 },
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(any, (value) => {
      expect(parseLock(formatLock(value), 'l')).toEqual(value);
    }),
  );
});

test('the file is written only when it changes', async () => {
  const file = path.join(tempDir(), 'coracle.lock');
  expect(await readLock(file)).toBeUndefined();
  await writeLock(file, lock);
  expect(await readLock(file)).toEqual(lock);
  const { ino } = statSync(file);
  await writeLock(file, { bases: lock.bases ?? {}, ...lock });
  expect(statSync(file).ino).toBe(ino);
  await writeLock(file, {});
  expect(readFileSync(file, 'utf8')).toMatch(/\nversion: 1\n$/);
});

test.each([
  ['', 'must be a map'],
  ['go: {version: "1.26.8"}', 'needs the key version'],
  ['version: 2', 'from 1 to 1'],
  ['version: 1\nextra: 1', 'no key "extra"'],
  ['version: 1\ngo: {version: 1.26}', 'go.version must be text'],
  ['version: 1\ngo: {version: "latest"}', 'does not take "latest"'],
  ['version: 1\nbases: {a: sha256:1}', 'does not take "sha256:1"'],
  ['version: 1\ngo: {version: "1.26.8", hash: {linux/amd64: md5:1}}', 'does not take "md5:1"'],
  ['version: 1\nca-bundle: {source: a}', 'needs the key digest'],
  ['version: 1\nversion: 1', 'no YAML'],
])('%j is refused: %s', async (text, message) => {
  const file = path.join(tempDir(), 'coracle.lock');
  writeFileSync(file, text);
  await expect(readLock(file)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: containing(message),
  });
});

test('the packages of a base stand a line each, and come back as they were', () => {
  const composed = {
    'glibc linux/amd64 0123456789ab': {
      source: 'debian trixie as of 20261101T000000Z',
      wanted: ['libc6', 'curl=1:7.88.1-10+deb12u8'],
      packages: [
        {
          ...{ name: 'libc6', version: '2.41-12+deb13u4', architecture: 'amd64', sha256: 'a'.repeat(64) },
          ...{ size: 2_846_580, filename: 'pool/main/g/glibc/libc6_2.41-12+deb13u4_amd64.deb' },
        },
        {
          ...{ name: 'libstdc++6', version: '1:14.2.0~rc1-19', architecture: 'all', sha256: 'b'.repeat(64) },
          ...{ size: 1, filename: 'libstdc++6.apk' },
        },
      ],
    },
  };
  const text = formatLock({ ...lock, composed });
  expect(text.split('\n').filter((line) => line.includes('libc6: {'))).toHaveLength(1);
  expect(parseLock(text, 'coracle.lock')).toEqual({ ...lock, composed });
  expect(parseLock(formatLock({ composed: {} }), 'coracle.lock')).toEqual({ composed: {} });
});

test.each([
  ['filename', '"../../etc/shadow"'],
  ['filename', '"/etc/shadow"'],
  ['filename', '"pool/a b"'],
  ['sha256', '"abc"'],
  ['size', '-1'],
])('a lock whose package has the %s %s is refused', (key, value) => {
  const good = {
    version: '"1"',
    architecture: 'all',
    sha256: `"${'a'.repeat(64)}"`,
    size: '1',
    filename: 'a.deb',
  };
  const fields = Object.entries({ ...good, [key]: value }).map(([name, one]) => `${name}: ${one}`);
  const text = `version: 1\ncomposed: {a: {source: debian, packages: {p: {${fields.join(', ')}}}}}\n`;
  expect(() => parseLock(text, 'coracle.lock')).toThrow(key);
});
