import type { Binary } from '../../golang/binary/read.ts';
import type { FoundLibrary } from '../libraries.ts';

/** Functions that ask the name service, by what they ask for. */
export const hostFunctions = [
  'getaddrinfo',
  'getnameinfo',
  'gethostbyname',
  'gethostbyname_r',
  'gethostbyname2_r',
  'gethostbyaddr',
  'gethostbyaddr_r',
];
export const userFunctions = [
  ...['getpwnam', 'getpwnam_r', 'getpwuid', 'getpwuid_r', 'getpwent'],
  ...['getgrnam', 'getgrnam_r', 'getgrgid', 'getgrgid_r', 'getgrouplist', 'initgroups'],
];

/** glibc unwinds the stack of a thread that ends this way, and for a backtrace, with libgcc, which it opens when it must. */
const unwinding = ['pthread_exit', 'pthread_cancel', 'backtrace'];

/** From this version on, files and DNS are asked by libc.so.6 itself. */
const nssInLibc = 'GLIBC_2.34';

/** Files that are glibc's own: what they mention, they offer, or use when others ask for it. */
const glibcs =
  /^(?:lib(?:c|m|dl|rt|pthread|resolv|util|anl|nsl|BrokenLocale|nss_\w+)\.so\.\d+|libgcc_s\.so\.1)$/;

/** Who takes a function from a shared library: the program or a library that is not glibc's own. */
export function mentioner(
  binary: Binary,
  libraries: readonly FoundLibrary[],
  functions: readonly string[],
): string | undefined {
  if (functions.some((name) => binary.mentions(name))) return 'the program';
  return libraries.find(
    ({ name, library }) => !glibcs.test(name) && functions.some((one) => library?.mentions(one) ?? false),
  )?.name;
}

/**
 * Libraries that glibc opens by name, so that nobody lists them as needed. Not among them: the modules of gconv (iconv and
 * locales other than C and C.UTF-8; 8 MB), and libnss_* since 2.34, which are empty there. musl opens none.
 */
export function loadedAtRunTime(
  binary: Binary,
  libraries: readonly FoundLibrary[],
): { name: string; asker: string }[] {
  const libc = libraries.find(({ name }) => name === 'libc.so.6')?.library;
  if (!libc) return [];
  const known = new Set(libraries.map(({ name }) => name));
  const late: { name: string; asker: string }[] = [];
  const unwinds = mentioner(binary, libraries, unwinding);
  if (unwinds !== undefined)
    late.push({ name: 'libgcc_s.so.1', asker: `glibc, when ${unwinds} ends a thread,` });
  if (!libc.defines.includes(nssInLibc)) {
    const hosts = mentioner(binary, libraries, hostFunctions);
    const users = mentioner(binary, libraries, userFunctions);
    if ((hosts ?? users) !== undefined)
      late.push({ name: 'libnss_files.so.2', asker: 'glibc before 2.34, for /etc/hosts and /etc/passwd,' });
    if (hosts !== undefined) late.push({ name: 'libnss_dns.so.2', asker: 'glibc before 2.34, for DNS,' });
  }
  return late.filter(({ name }) => !known.has(name));
}
