/**
 * Writes src/base/debian/keys-data.ts, the public keys that sign Debian's archive, from Debian's keyring package on this machine
 * (`apt-get install debian-archive-keyring`). Only keys whose fingerprints src/base/debian/keys.ts pins are taken:
 *
 *     sh scripts/node scripts/update-debian-keys.ts [DIRECTORY]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readKey } from 'openpgp';
import { pins } from '../src/base/debian/keys.ts';

/** The text of keys-data.ts, from the keyring package's files in `directory`. */
export async function makeKeys(directory: string): Promise<string> {
  const entries: string[] = [];
  for (const { file, fingerprint } of pins) {
    const key = await readKey({ binaryKey: readFileSync(path.join(directory, file)) });
    const actual = key.getFingerprint().toUpperCase();
    if (actual !== fingerprint)
      throw new Error(`${file} holds the key ${actual}, and ${fingerprint} is pinned`);
    const base64 = Buffer.from(key.toPublic().write()).toString('base64');
    const lines = base64.replace(/.{100}(?=.)/g, '$&\n');
    entries.push(`  [\n    '${fingerprint}',\n    \`\n${lines}\n\`,\n  ],`);
  }
  return [
    "/** Public keys of Debian's archive in base64, by fingerprint. Written by scripts/update-debian-keys.ts. */",
    'export const keyData: ReadonlyMap<string, string> = new Map([',
    ...entries,
    ']);',
    '',
  ].join('\n');
}

if (import.meta.main) {
  const text = await makeKeys(process.argv[2] ?? '/usr/share/keyrings');
  writeFileSync(path.join(import.meta.dirname, '../src/base/debian/keys-data.ts'), text);
}
