import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/**
 * A checksum database of the tests' own: a Merkle log reckoned the plain way, by RFC 6962's definition, so that it shares no
 * code with what it tests.
 */
export interface TestLog {
  readonly name: string;
  /** For GOSUMDB. */
  readonly verifierKey: string;
  /** Adds a record; gives its number. */
  add(text: string): number;
  readonly size: number;
  root(size?: number): Buffer;
  /** The signed tree. */
  note(size?: number): string;
  /** What the database answers below its address; `size` is the tree it signs. */
  answer(path: string, size?: number): Buffer | string | undefined;
}

const sha = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const byte = (value: number): Buffer => Buffer.from([value]);

export function createLog(
  name: string,
  keys: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ed25519'),
): TestLog {
  const records: string[] = [];
  const known = new Map<string, Buffer>();
  const range = (low: number, high: number): Buffer => {
    if (high === low) return sha();
    const key = `${low}-${high}`;
    const there = known.get(key);
    if (there) return there;
    let hash: Buffer;
    if (high - low === 1) hash = sha(byte(0), records[low] ?? '');
    else {
      let k = 1;
      while (k * 2 < high - low) k *= 2;
      hash = sha(byte(1), range(low, low + k), range(low + k, high));
    }
    known.set(key, hash);
    return hash;
  };
  const raw = Buffer.concat([
    byte(1),
    Buffer.from(keys.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
  ]);
  const id = sha(`${name}\n`, raw).subarray(0, 4);
  const note = (size: number): string => {
    const text = `go.sum database tree\n${size}\n${range(0, size).toString('base64')}\n`;
    const signature = Buffer.concat([id, sign(null, Buffer.from(text), keys.privateKey)]);
    return `${text}\n\u2014 ${name} ${signature.toString('base64')}\n`;
  };
  return {
    name,
    verifierKey: `${name}+${id.toString('hex')}+${raw.toString('base64')}`,
    add: (text) => records.push(text) - 1,
    get size() {
      return records.length;
    },
    root: (size = records.length) => range(0, size),
    note: (size = records.length) => note(size),
    answer(path, size = records.length) {
      if (path === 'supported') return '';
      if (path.startsWith('lookup/')) {
        const [module, version] = path.slice('lookup/'.length).split('@');
        const at = records.findIndex((text) => text.startsWith(`${module} ${version} `));
        return at < 0 ? undefined : `${at}\n${records[at]}\n${note(size)}`;
      }
      const [, level, number, width] =
        /^tile\/8\/(\d+)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path) ?? [];
      if (level === undefined || number === undefined) return undefined;
      const index = Number(number.replaceAll(/[x/]/g, ''));
      const span = 256 ** Number(level);
      const hashes: Buffer[] = [];
      for (let at = index * 256; hashes.length < Number(width ?? 256); at++) {
        if ((at + 1) * span > records.length) return undefined;
        hashes.push(range(at * span, (at + 1) * span));
      }
      return Buffer.concat(hashes);
    },
  };
}
