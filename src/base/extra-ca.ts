import { X509Certificate } from 'node:crypto';
import { ToolError, messageOf } from '../core/errors.ts';

const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/**
 * The certificates of a PEM file that the user wants trusted, each checked and written anew, so that nothing else of the file gets
 * into the image. `file` is only named in errors.
 * @throws ToolError CONFIG_INVALID when there is no certificate, one that is damaged, or a private key
 */
export function readCertificates(text: string, file: string): string[] {
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)) {
    throw new ToolError('CONFIG_INVALID', `${file} holds a private key, which must not get into an image`, {
      hint: 'Name a file with the certificate alone; if the key was ever in an image or a repository, replace it.',
    });
  }
  const certificates = [...text.matchAll(block)].filter(
    ([, kind]) => kind === 'CERTIFICATE' || kind === 'TRUSTED CERTIFICATE',
  );
  if (certificates.length === 0) {
    throw new ToolError('CONFIG_INVALID', `${file} holds no PEM certificate`, {
      hint: `A DER file becomes PEM with: openssl x509 -inform der -in ${file} -out ca.pem`,
    });
  }
  return certificates.map(([pem], index) => {
    try {
      return new X509Certificate(pem).toString();
    } catch (error) {
      throw new ToolError(
        'CONFIG_INVALID',
        `certificate ${index + 1} of ${file} cannot be read: ${messageOf(error)}`,
        {
          cause: error,
          hint: `See what it is with: openssl x509 -in ${file} -noout -text`,
        },
      );
    }
  });
}
