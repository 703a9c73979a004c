import { closeSync, openSync } from 'node:fs';
import { ATTR, MS, O_PATH } from './flags.ts';
import { CallError, type Libc } from './libc.ts';

const AT_EMPTY_PATH = 0x1000;
const AT_RECURSIVE = 0x8000;

/** Adds ATTR flags to a mount, keeping those it has (which in a user namespace may be locked). */
export function setAttributes(libc: Libc, target: string, flags: number, recursive: boolean): void {
  const handle = openSync(target, O_PATH);
  try {
    const attributes = Buffer.alloc(32);
    attributes.writeBigUInt64LE(BigInt(flags), 0);
    const how = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    libc.callWith('mount_setattr', [handle, Buffer.from('\0'), how, attributes, attributes.length]);
  } catch (error) {
    if (!(error instanceof CallError && error.code === 'ENOSYS')) throw error;
    // Before Linux 5.12: one mount only, and its own flags have to be said again; the strictest ones are allowed everywhere.
    const strict = MS.nosuid | MS.nodev | (flags & ATTR.noexec ? MS.noexec : 0);
    libc.mount('none', target, null, MS.remount | MS.bind | strict | flags, null);
  } finally {
    closeSync(handle);
  }
}
