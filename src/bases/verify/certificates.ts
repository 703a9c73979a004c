import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** An authority that nobody knows, and a server's certificate by it, both made for one verification. PEM. */
export interface TestAuthority {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** X.509 (RFC 5280) on P-256, valid from yesterday for a week. */
export function makeAuthority(serverName: string, now: Date): TestAuthority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = commonName(`Coracle verification ${randomBytes(4).toString('hex')}`);
  const common = { issuer, signer: keys.privateKey, now };
  // cA, and the key may sign certificates.
  const authority = [
    extension('551d13', sequence(der(0x01, Buffer.from([0xff])))),
    extension('551d0f', der(0x03, Buffer.from([0x02, 0x04]))),
  ];
  const names = [extension('551d11', sequence(der(0x82, Buffer.from(serverName))))];
  return {
    authority: write({ ...common, subject: issuer, publicKey: keys.publicKey, extensions: authority }),
    certificate: write({
      ...common,
      subject: commonName(serverName),
      publicKey: server.publicKey,
      extensions: names,
    }),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

interface Parts {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly now: Date;
}

const day = 24 * 3600 * 1000;

function write({ issuer, subject, publicKey, signer, extensions, now }: Parts): string {
  const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'));
  const validity = [-day, 7 * day].map((shift) => generalizedTime(new Date(now.getTime() + shift)));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    issuer,
    sequence(...validity),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)]));
  const text = sequence(body, ecdsaWithSha256, signature).toString('base64');
  const lines = text.replaceAll(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** `20261121210000Z`; years up to 2049 should be UTCTime, which every reader takes in this form too. */
function generalizedTime(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')}Z`));
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(identifier('550403'), der(0x0c, Buffer.from(name)))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(identifier(id), der(0x04, value));
}

function identifier(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** One value of DER: its tag, its length in the shortest form, its bytes. */
function der(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), value]);
}
