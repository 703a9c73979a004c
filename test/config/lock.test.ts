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
