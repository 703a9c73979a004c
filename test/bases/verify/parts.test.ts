import { X509Certificate, createPrivateKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeAuthority } from '../../../src/bases/verify/certificates.ts';
import { answerTo } from '../../../src/bases/verify/dns.ts';
import { differenceOf } from '../../../src/bases/verify/checks/package-lists.ts';

describe('certificates of a verification', () => {
  test('the server is vouched for by the authority, for its name and no other, for some days', () => {
    const now = new Date('2026-11-21T12:00:00Z');
    const { authority, certificate, key } = makeAuthority('hosts.coracle.test', now);
    const [issuer, server] = [new X509Certificate(authority), new X509Certificate(certificate)];
    expect(issuer.ca).toBe(true);
    expect(issuer.verify(issuer.publicKey)).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.verify(issuer.publicKey)).toBe(true);
    expect(server.checkIssued(issuer)).toBe(true);
    expect(server.checkHost('hosts.coracle.test')).toBe('hosts.coracle.test');
    expect(server.checkHost('other.coracle.test')).toBeUndefined();
    expect(server.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(new Date(server.validFrom).getTime()).toBeLessThan(now.getTime());
    expect(new Date(server.validTo).getTime()).toBeGreaterThan(now.getTime());
    expect(makeAuthority('x', now).authority).not.toBe(authority);
  });
});

describe('the name server of a verification', () => {
  const question = (name: string, type: number): Buffer =>
    Buffer.concat([
      Buffer.from('123401000001000000000000', 'hex'),
      ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
      Buffer.from([0, 0, type, 0, 1]),
    ]);
  const known = 'dns.coracle.test';

  test('knows one name', () => {
    const answer = answerTo(question('DNS.coracle.test', 1), known, '127.0.0.1');
    expect(answer?.readUInt16BE(0)).toBe(0x1234);
    expect((answer?.readUInt16BE(2) ?? 0) & 0xf).toBe(0);
    expect(answer?.readUInt16BE(6)).toBe(1);
    expect([...(answer?.subarray(-4) ?? [])]).toEqual([127, 0, 0, 1]);
  });

  test('has no IPv6 address of it, and says so without denying the name', () => {
    const answer = answerTo(question(known, 28), known, '127.0.0.1');
    expect((answer?.readUInt16BE(2) ?? 0) & 0xf).toBe(0);
    expect(answer?.readUInt16BE(6)).toBe(0);
  });

  test('denies all others', () => {
    const answer = answerTo(question('example.com', 1), known, '127.0.0.1');
    expect((answer?.readUInt16BE(2) ?? 0) & 0xf).toBe(3);
  });

  test('answers no nonsense, and never fails', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const answer = answerTo(Buffer.from(bytes), known, '127.0.0.1');
        expect(answer === undefined || answer.length >= 12).toBe(true);
      }),
    );
    expect(answerTo(question(known, 1).subarray(0, 20), known, '127.0.0.1')).toBeUndefined();
  });
});

test('two lists differ by the first package that one of them lacks', () => {
  const [a, b] = [
    { name: 'a', version: '1' },
    { name: 'b', version: '2' },
  ] as const;
  expect(differenceOf([a, b], [b, a], 'x', 'y')).toBeUndefined();
  expect(differenceOf([a, b], [a], 'x', 'y')).toBe('x has b 2, and y has it not');
  expect(differenceOf([a], [a, b], 'x', 'y')).toBe('x has no b 2, and y has it');
  expect(differenceOf([{ ...a, version: '3' }], [a], 'x', 'y')).toContain('a 3');
});
