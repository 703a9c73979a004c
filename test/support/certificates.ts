import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** A certificate authority of the tests' own, and what it signs: X.509 written by hand, so that nothing is committed or installed. */
export interface Authority {
  /** PEM. */
  readonly ca: string;
  /** A certificate for a server or a client, signed by the authority; PEM. `names` are DNS names and IPv4 addresses. */
  issue(...names: readonly string[]): { readonly cert: string; readonly key: string };
}

export function createAuthority(): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = commonName(`test authority ${randomBytes(4).toString('hex')}`);
  const basic = extension('551d13', sequence(der(0x01, Buffer.from([0xff]))));
  return {
    ca: certificate({
      issuer,
      subject: issuer,
      publicKey: keys.publicKey,
      signer: keys.privateKey,
      extensions: [basic],
    }),
    issue(...names) {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const alternatives = sequence(
        ...names.map((name) =>
          isAddress(name)
            ? der(0x87, Buffer.from(name.split('.').map(Number)))
            : der(0x82, Buffer.from(name)),
        ),
      );
      const extensions = [extension('551d11', alternatives)];
      const cert = certificate({
        issuer,
        subject: commonName('test'),
        publicKey: own.publicKey,
        signer: keys.privateKey,
        extensions,
      });
      return { cert, key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

interface Parts {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
}

function certificate({ issuer, subject, publicKey, signer, extensions }: Parts): string {
  const ecdsaWithSha256 = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    issuer,
    sequence(der(0x18, Buffer.from('20200101000000Z')), der(0x18, Buffer.from('20990101000000Z'))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)]));
  const whole = sequence(body, ecdsaWithSha256, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${whole.replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from(name)))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(der(0x06, Buffer.from(id, 'hex')), der(0x04, value));
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

function isAddress(name: string): boolean {
  return /^\d+(?:\.\d+){3}$/.test(name);
}
