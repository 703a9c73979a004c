import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { caBundle } from '../../src/base/ca-bundle.ts';
import { baseEntries } from '../../src/base/entries.ts';
import { readCertificates } from '../../src/base/extra-ca.ts';
import { contentOf } from '../../src/base/tree.ts';
import { installed, describeWith } from '../components/program.ts';
import { tempDir } from '../support/ctx.ts';

function selfSigned(name: string): { certificate: string; key: string } {
  const directory = tempDir();
  const key = path.join(directory, 'key.pem');
  const certificate = path.join(directory, 'ca.pem');
  const subject = ['-subj', `/CN=${name}`, '-keyout', key, '-out', certificate];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      ...subject,
    ],
    {
      stdio: 'pipe',
    },
  );
  return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
}

async function bundleWith(extraCa: readonly string[]): Promise<string> {
  const choice = { name: 'auto', parts: ['ca'], zones: 'all', reasons: [] } as const;
  const entries = await baseEntries(choice, { mtime: 0, zoneinfo: '/nonexistent', extraCa });
  const entry = entries.find(({ type }) => type === 'file');
  return (entry && (await contentOf(entry, entry.size)))?.toString('latin1') ?? '';
}

describeWith([installed('openssl')], 'authorities that the user adds', () => {
  test('go behind the pinned ones, each once, without what stood around them', async () => {
    const [one, two] = [selfSigned('One'), selfSigned('Two')];
    const added = readCertificates(
      `password: hunter2\r\n${one.certificate.replaceAll('\n', '\r\n')}\n# note\n${two.certificate}`,
      'ca.pem',
    );
    const bundle = await bundleWith([...added, ...added]);
    const pinned = caBundle().pem.toString('latin1');
    expect(bundle).toBe(`${pinned}${one.certificate}${two.certificate}`);
  });

  test('that are in the bundle already are not added again', async () => {
    const pinned = caBundle().pem.toString('latin1');
    expect(await bundleWith(readCertificates(pinned, 'ca.pem').slice(0, 3))).toBe(pinned);
  });

  test('a file that also holds a private key is refused, and the key is not in the error', () => {
    const { certificate, key } = selfSigned('One');
    const secret = key.split('\n')[1] ?? '';
    const attempt = (): string[] => readCertificates(certificate + key, 'ca.pem');
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/private key/) as unknown,
      }),
    );
    expect(attempt).not.toThrow(secret);
  });

  test('damaged certificates and files without any are refused', () => {
    const { certificate } = selfSigned('One');
    const damaged = certificate.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
    expect(() => readCertificates(damaged, 'ca.pem')).toThrow(/certificate 1 of ca.pem cannot be read/);
    expect(() => readCertificates('nothing here', 'ca.pem')).toThrow(/holds no PEM certificate/);
  });
});
