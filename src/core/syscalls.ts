/**
 * System calls on files that Node lacks. Paths are bytes, as names in layers are; no call follows a link in the last part. Each throws
 * an error with Node's codes (`ENOTSUP`, `EPERM` …). Synchronous: a call takes a microsecond, a round trip through the thread pool ten.
 */
import { getSystemErrorName } from 'node:util';
import { koffi } from './koffi.ts';

export interface FileCalls {
  /** Undefined when there is no such attribute. */
  getxattr(path: Uint8Array, name: string): Buffer | undefined;
  /** Names of the attributes that this process may see; none where the file system has none. */
  listxattr(path: Uint8Array): readonly string[];
  setxattr(path: Uint8Array, name: string, value: Uint8Array): void;
  removexattr(path: Uint8Array, name: string): void;
  /** Sets the time of last change, in nanoseconds since the Unix epoch; leaves the time of last access. */
  setMtime(path: Uint8Array, nanoseconds: bigint): void;
  /** Makes a device or a pipe; `mode` with the type's bits. Subject to the umask. */
  mknod(path: Uint8Array, mode: number, major: number, minor: number): void;
}

/** Largest value of an attribute, and largest list of names, that Linux has. */
const largest = 65536;

let made: FileCalls | undefined;

/** The calls, loaded at first need. @throws ToolError UNSUPPORTED where koffi is not installed */
export function fileCalls(): FileCalls {
  made ??= bind();
  return made;
}

function bind(): FileCalls {
  const native = koffi();
  const lib = native.load(null);
  const lgetxattr = lib.func('long lgetxattr(const void*, const char*, void*, unsigned long)');
  const llistxattr = lib.func('long llistxattr(const void*, void*, unsigned long)');
  const lsetxattr = lib.func('int lsetxattr(const void*, const char*, const void*, unsigned long, int)');
  const lremovexattr = lib.func('int lremovexattr(const void*, const char*)');
  const utimensat = lib.func('int utimensat(int, const void*, const void*, int)');
  const mknod = lib.func('int mknod(const void*, unsigned int, unsigned long)');
  const buffer = Buffer.alloc(largest);
  const times = Buffer.alloc(32);
  times.writeBigInt64LE(omitTime, 8);
  /** The call's result; undefined for errors in `fine`. */
  const check = (
    call: string,
    path: Uint8Array,
    result: unknown,
    fine?: ReadonlySet<string>,
  ): number | undefined => {
    const number = Number(result);
    if (number >= 0) return number;
    const code = getSystemErrorName(-native.errno());
    if (fine?.has(code)) return undefined;
    throw callError(call, code, path);
  };
  return {
    getxattr: (path, name) => {
      const size = check('lgetxattr', path, lgetxattr(terminated(path), name, buffer, largest), noValue);
      return size === undefined ? undefined : Buffer.from(buffer.subarray(0, size));
    },
    listxattr: (path) => {
      const size = check('llistxattr', path, llistxattr(terminated(path), buffer, largest), noList) ?? 0;
      return size === 0 ? [] : buffer.toString('utf8', 0, size - 1).split('\0');
    },
    setxattr: (path, name, value) => {
      check('lsetxattr', path, lsetxattr(terminated(path), name, value, value.byteLength, 0));
    },
    removexattr: (path, name) => {
      check('lremovexattr', path, lremovexattr(terminated(path), name), noValue);
    },
    setMtime: (path, nanoseconds) => {
      const rest = ((nanoseconds % billion) + billion) % billion;
      times.writeBigInt64LE((nanoseconds - rest) / billion, 16);
      times.writeBigInt64LE(rest, 24);
      check('utimensat', path, utimensat(atCwd, terminated(path), times, noFollow));
    },
    mknod: (path, mode, major, minor) => {
      check('mknod', path, mknod(terminated(path), mode, deviceNumber(major, minor)));
    },
  };
}

const billion = 1_000_000_000n;
const atCwd = -100;
const noFollow = 0x100;
/** UTIME_OMIT */
const omitTime = (1n << 30n) - 2n;
const noValue: ReadonlySet<string> = new Set(['ENODATA']);
const noList: ReadonlySet<string> = new Set(['ENOTSUP']);

/** As glibc's gnu_dev_makedev. */
function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (
    ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn)
  );
}

function terminated(path: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(path.byteLength + 1);
  bytes.set(path);
  bytes[path.byteLength] = 0;
  return bytes;
}

function callError(call: string, code: string, path: Uint8Array): Error {
  const shown = JSON.stringify(Buffer.from(path).toString('utf8'));
  return Object.assign(new Error(`${code}: ${call} ${shown}`), { code, syscall: call });
}
