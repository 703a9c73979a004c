/** The `h1:` hash of a module's files (golang.org/x/mod/sumdb/dirhash, Hash1): what go.sum and the checksum database hold. */
import { createHash } from 'node:crypto';
import { ToolError } from '../core/errors.ts';

export interface HashedFile {
  /** As in the module's zip: `path@version/…`. */
  readonly name: string;
  /** SHA-256 of its content, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/**
 * SHA-256 over one line per file, `<hex>  <name>\n`, in the order of the names' bytes.
 * @throws ToolError ARCHIVE_UNSAFE for a name with a line break, which would make two different lists look alike
 */
export function hash1(files: readonly HashedFile[]): string {
  const lines = files.map(({ name, sha256 }) => {
    if (name.includes('\n'))
      throw new ToolError('ARCHIVE_UNSAFE', 'a file name in the archive holds a line break');
    return { name: Buffer.from(name), sha256 };
  });
  lines.sort((a, b) => Buffer.compare(a.name, b.name));
  const hash = createHash('sha256');
  for (const { name, sha256 } of lines) hash.update(`${sha256}  `).update(name).update('\n');
  return `h1:${hash.digest('base64')}`;
}
