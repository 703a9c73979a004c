import os from 'node:os';
import type { Koffi } from '../../core/koffi.ts';

/**
 * The system calls that Node lacks and the sandbox needs. koffi's binary is loaded as it is, without its JavaScript: a sandbox
 * starts in milliseconds or not at all.
 */
export interface Libc {
  /** @throws CallError, as all of them */
  mount(source: string, target: string, type: string | null, flags: number, data: string | null): void;
  umount(target: string, flags: number): void;
  /** Numbers are those of `call`; missing arguments are 0. Gives the result, at least 0. */
  call(name: CallName, ...args: readonly (number | bigint)[]): number;
  /** As `call`, with one buffer at that position. */
  callWith(name: CallName, args: readonly (number | Uint8Array | null)[]): number;
  prctl(option: number, a?: number, b?: number, c?: number, d?: number): void;
  /** Default action for a signal, by number; those that cannot be set are left. */
  defaultSignal(signal: number): void;
  /** Comes back only when it fails. */
  execve(file: string, argv: readonly string[], env: readonly string[]): CallError;
  pipe(): readonly [number, number];
  /** Where a buffer lies in memory. */
  address(buffer: Uint8Array): bigint;
}

/** Which call failed, and why. */
export class CallError extends Error {
  readonly call: string;
  /** `EPERM` and the like. */
  readonly code: string;
  constructor(call: string, errno: number) {
    const code = errnoName(errno);
    super(`${call}: ${code}`);
    this.call = call;
    this.code = code;
  }
}

function errnoName(errno: number): string {
  const known = Object.entries(os.constants.errno).find(([, value]) => value === errno);
  return known?.[0] ?? `errno ${errno}`;
}

/** x64 and arm64; other machines have no binary of koffi that we ship. */
const numbers = {
  pivot_root: [155, 41],
  setsid: [112, 157],
  setuid: [105, 146],
  setgid: [106, 144],
  setgroups: [116, 159],
  chroot: [161, 51],
  unshare: [272, 97],
  setns: [308, 268],
  sethostname: [170, 161],
  capget: [125, 90],
  capset: [126, 91],
  keyctl: [250, 219],
  close_range: [436, 436],
  fcntl: [72, 25],
  dup3: [292, 24],
  prlimit64: [302, 261],
  rt_sigprocmask: [14, 135],
  mount_setattr: [442, 442],
  ioctl: [16, 29],
  socket: [41, 198],
  prctl: [157, 167],
} as const satisfies Record<string, readonly [number, number]>;
export type CallName = keyof typeof numbers;

interface Native extends Koffi {
  address(buffer: Uint8Array): bigint;
}

/** @param addon koffi's binary for this machine */
export function loadLibc(addon: string): Libc {
  const module: { exports: unknown } = { exports: {} };
  process.dlopen(module, addon);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what koffi's binary exports
  return bindLibc(module.exports as Koffi);
}

export function bindLibc(loaded: Koffi): Libc {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it exports that too
  const koffi = loaded as Native;
  const lib = koffi.load(null);
  const column = process.arch === 'arm64' ? 1 : 0;
  const mount = lib.func('int mount(const char*, const char*, const char*, unsigned long, const char*)');
  const umount2 = lib.func('int umount2(const char*, int)');
  const plain = lib.func('syscall', 'long', ['long', 'int64', 'int64', 'int64', 'int64', 'int64']);
  const lazy = <T>(make: () => T): (() => T) => {
    let made: T | undefined;
    return () => (made ??= make());
  };
  const execve = lazy(() => lib.func('int execve(const char*, const char**, const char**)'));
  const signal = lazy(() => lib.func('signal', 'intptr', ['int', 'intptr']));
  const pipe2 = lazy(() => lib.func('int pipe2(_Out_ int*, int)'));
  const forms = new Map<string, (...args: unknown[]) => number>();
  const check = (name: string, result: number): number => {
    if (result < 0) throw new CallError(name, koffi.errno());
    return result;
  };
  const call: Libc['call'] = (name, ...args) => {
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = args;
    return check(name, Number(plain(numbers[name][column], a, b, c, d, e)));
  };
  return {
    mount: (source, target, type, flags, data) => {
      check(`mount ${type ?? ''}`.trim(), Number(mount(source, target, type, flags, data)));
    },
    umount: (target, flags) => {
      check('umount', Number(umount2(target, flags)));
    },
    call,
    callWith: (name, args) => {
      const types = args.map((arg) => (typeof arg === 'number' ? 'int64' : 'void*'));
      const shape = types.join();
      let form = forms.get(shape);
      if (!form) {
        form = lib.func('syscall', 'long', ['long', ...types]) as (...args: unknown[]) => number;
        forms.set(shape, form);
      }
      return check(name, form(numbers[name][column], ...args));
    },
    prctl: (option, a = 0, b = 0, c = 0, d = 0) => {
      call('prctl', option, a, b, c, d);
    },
    defaultSignal: (number) => {
      signal()(number, 0);
    },
    execve: (file, argv, env) => {
      execve()(file, [...argv, null], [...env, null]);
      return new CallError('execve', koffi.errno());
    },
    pipe: () => {
      const ends = [-1, -1];
      check('pipe2', Number(pipe2()(ends, 0o2000000)));
      const [read = -1, write = -1] = ends;
      return [read, write];
    },
    address: (buffer) => koffi.address(buffer),
  };
}
