import { X509Certificate, createHash, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError, messageOf } from '../../core/errors.ts';

/** A certificate's chain and key as HAProxy reads them, checked. */
export interface Certificate {
  /** PEM without empty lines, which would end it in the socket's commands. */
  readonly pem: string;
  /** SHA-256 in hex of the file that it becomes on a host. */
  readonly digest: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * Chain and key from files of this machine.
 * @throws ToolError CONFIG_INVALID when they are not there, not PEM, do not fit each other, are over, or are not for one of `domains`
 */
export async function readCertificate(
  ctx: Ctx,
  files: { readonly certificate: string; readonly key: string },
  domains: readonly string[],
): Promise<Certificate> {
  const [chain, key] = await Promise.all([readPem(files.certificate), readPem(files.key)]);
  const made = checkCertificate(chain, key, files.certificate);
  const leaf = new X509Certificate(chain);
  const stranger = domains.find((domain) => !covers(leaf, domain));
  if (stranger !== undefined) {
    throw invalid(`${files.certificate} is not for ${stranger}`, `It is for ${namesOf(leaf)}.`);
  }
  if (made.notAfter.getTime() <= ctx.now().getTime()) {
    throw invalid(
      `${files.certificate} was valid until ${made.notAfter.toISOString()}`,
      'Put a new certificate there.',
    );
  }
  return made;
}

function covers(leaf: X509Certificate, domain: string): boolean {
  if (!domain.startsWith('*.')) return leaf.checkHost(domain) !== undefined;
  return namesOf(leaf).split(', ').includes(domain);
}

function namesOf(leaf: X509Certificate): string {
  return (leaf.subjectAltName ?? '').replaceAll('DNS:', '');
}

/** @throws ToolError CONFIG_INVALID */
export function checkCertificate(chain: string, key: string, name: string): Certificate {
  const certificates = blocks(chain).filter((block) => block.includes('BEGIN CERTIFICATE'));
  const secret = blocks(key).find((block) => block.includes('PRIVATE KEY'));
  const [first] = certificates;
  if (first === undefined) throw invalid(`${name} holds no certificate in PEM`);
  if (secret === undefined) throw invalid(`there is no private key in PEM for ${name}`);
  try {
    const leaf = new X509Certificate(first);
    // Its errors may quote what they were given: only that it failed is told.
    const fits = leaf.checkPrivateKey(createPrivateKey(secret));
    if (!fits) throw invalid(`the key is not the one of ${name}`);
    const pem = [...certificates, secret].join('\n');
    const digest = createHash('sha256').update(`${pem}\n`).digest('hex');
    return { pem, digest, notBefore: new Date(leaf.validFrom), notAfter: new Date(leaf.validTo) };
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw invalid(`${name} or its key cannot be read`, 'A key with a passphrase cannot be used.');
  }
}

/** Blocks of PEM, without what stands between them. */
function blocks(text: string): string[] {
  const found = text
    .replaceAll('\r\n', '\n')
    .match(/-----BEGIN [A-Z0-9 ]+-----\n[^-]+-----END [A-Z0-9 ]+-----/g);
  return (found ?? []).map((block) =>
    block
      .split('\n')
      .filter((line) => line.trim() !== '')
      .join('\n'),
  );
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw invalid(`${file} cannot be read: ${messageOf(error)}`);
  }
}

function invalid(message: string, hint?: string): ToolError {
  return new ToolError('CONFIG_INVALID', `proxy.tls: ${message}`, hint === undefined ? {} : { hint });
}
