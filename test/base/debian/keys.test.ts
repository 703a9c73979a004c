import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readKey } from 'openpgp';
import { expect, test } from 'vitest';
import { makeKeys } from '../../../scripts/update-debian-keys.ts';
import { debianKeys, keysFor } from '../../../src/base/debian/keys.ts';
import { verifyClearsigned } from '../../../src/base/debian/openpgp.ts';

const keyrings = '/usr/share/keyrings';
const lists = '/var/lib/apt/lists';
const keyring = existsSync(path.join(keyrings, 'debian-archive-trixie-stable.gpg'));

test('every pinned key is the one of its fingerprint, public, and strong', async () => {
  for (const { data, fingerprint } of await debianKeys()) {
    const key = await readKey({ binaryKey: Buffer.from(data, 'base64') });
    expect(key.getFingerprint().toUpperCase()).toBe(fingerprint);
    expect(key.isPrivate()).toBe(false);
    const { algorithm, bits = 4096 } = key.getAlgorithmInfo();
    expect(`${algorithm} ${bits}`).toMatch(/^(?:rsaEncryptSign 4096|eddsaLegacy|ed25519)/);
  }
});

test.skipIf(!keyring)("the keys are those of Debian's keyring package", async () => {
  const file = path.join(import.meta.dirname, '../../../src/base/debian/keys-data.ts');
  expect(await makeKeys(keyrings)).toBe(readFileSync(file, 'utf8'));
});

test("a release is signed by its own keys and the last one's; one that is not known by the newest", async () => {
  const keys = await debianKeys();
  const releases = (codename: string, signs: 'archive' | 'security'): string[] => [
    ...new Set(keysFor(codename, signs, keys).map(({ release }) => release)),
  ];
  expect(releases('trixie', 'archive')).toEqual(['bookworm', 'trixie']);
  expect(releases('bullseye', 'security')).toEqual(['bullseye']);
  expect(releases('forky', 'archive')).toEqual(['bookworm', 'trixie']);
  expect(keysFor('trixie', 'security', keys).map(({ signs }) => signs)).toEqual(['security', 'security']);
});

const own = existsSync(lists)
  ? ['bookworm', 'trixie'].find((name) => ownRelease(name) !== undefined)
  : undefined;

function ownRelease(codename: string): string | undefined {
  const sources = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return sources.includes(`VERSION_CODENAME=${codename}`) ? codename : undefined;
}

test.skipIf(own === undefined)("Debian's own signatures on this machine's lists are good", async () => {
  const names = readdirSync(lists).filter(
    (name) => name.endsWith('_InRelease') && name.includes(`_${own ?? ''}`),
  );
  const keys = await debianKeys();
  for (const name of names) {
    const text = readFileSync(path.join(lists, name), 'utf8');
    const signed = await verifyClearsigned(text, keys, new Date(), name);
    expect(signed.text).toMatch(/^Origin: Debian\n/);
    expect(keys.map(({ fingerprint }) => fingerprint)).toEqual(expect.arrayContaining([...signed.signers]));
  }
});
