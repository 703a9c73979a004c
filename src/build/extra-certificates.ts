import { promises as fs } from 'node:fs';
import path from 'node:path';
import { readCertificates } from '../base/extra-ca.ts';
import { fileError } from '../core/files.ts';

/** The certificates of PEM files, checked. @throws ToolError FILE_UNREADABLE, CONFIG_INVALID */
export async function extraCertificates(files: readonly string[]): Promise<string[]> {
  const read = async (file: string): Promise<string[]> => {
    const text = await fs.readFile(file, 'latin1').catch((error: unknown) => {
      throw fileError(error, 'read', file);
    });
    return readCertificates(text, path.basename(file));
  };
  return (await Promise.all(files.map(read))).flat();
}
