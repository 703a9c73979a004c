/** Writes a GOROOT file by file into a fresh directory, hashing on the way, so that each byte is read only once. */
import { hash, createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { ToolError, systemCode } from '../core/errors.ts';
import { fileError } from '../core/files.ts';

export interface TreeWriter {
  /** Writes one file; gives the SHA-256 of its content in hexadecimal digits. */
  add(name: string, executable: boolean, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<string>;
  /** Bytes written so far. */
  readonly bytes: number;
}

/** Bytes of all files together that no toolchain comes near: what is larger is a bomb. */
const largestTree = 2 * 1024 * 1024 * 1024;

/**
 * A writer below `root`, which must be a new directory of our own: as no link is ever made in it, a checked name cannot leave it.
 * System calls are synchronous: for 11,000 small files they cost a third of the asynchronous ones.
 */
export function treeWriter(root: string): TreeWriter {
  const made = new Set<string>();
  let total = 0;
  const put = (descriptor: number, chunk: Uint8Array): void => {
    total += chunk.length;
    if (total > largestTree)
      throw new ToolError('ARCHIVE_TOO_LARGE', 'the archive unpacks to more than any toolchain holds');
    for (let at = 0; at < chunk.length;) at += writeSync(descriptor, chunk, at);
  };
  return {
    get bytes() {
      return total;
    },
    async add(name, executable, content) {
      checkName(name);
      const file = path.join(root, name);
      try {
        const directory = path.dirname(file);
        if (!made.has(directory)) mkdirSync(directory, { recursive: true });
        made.add(directory);
        const descriptor = openSync(file, 'wx', executable ? 0o755 : 0o644);
        try {
          if (content instanceof Uint8Array) {
            put(descriptor, content);
            return hash('sha256', content, 'hex');
          }
          const sum = createHash('sha256');
          for await (const chunk of content) {
            put(descriptor, chunk);
            sum.update(chunk);
          }
          return sum.digest('hex');
        } finally {
          closeSync(descriptor);
        }
      } catch (error) {
        if (['EEXIST', 'ENOTDIR', 'EISDIR'].includes(systemCode(error) ?? ''))
          throw unsafe(name, 'is there twice');
        throw fileError(error, 'write', file);
      }
    },
  };
}

function checkName(name: string): void {
  const parts = name.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw unsafe(name, 'leaves the toolchain');
  if (/[\0\\\n]/.test(name)) throw unsafe(name, 'has a character that no Go file has');
}

/** An archive that holds what no toolchain holds. */
export function unsafe(name: string, why: string): ToolError {
  return new ToolError(
    'ARCHIVE_UNSAFE',
    `the toolchain's archive is not to be trusted: ${JSON.stringify(name)} ${why}`,
  );
}

/** Files that are run: what the go command marks so when it unpacks a toolchain module, which has no modes. */
export function isExecutable(name: string): boolean {
  return /^(bin|pkg\/tool)\//.test(name) || /^lib\/.*\/go_[^/_]+_[^/]+_exec$/.test(name);
}
