import type { Binary } from '../golang/binary/read.ts';
import type { BasePart } from './choose.ts';

/** One reason why a program can use a part of the base. */
export interface Rule {
  readonly part: BasePart;
  /** Symbol names, any of which the linker keeps only when the program can come to use the part. */
  readonly functions: readonly string[];
  /** `used` is the function that was found, as a Go programmer writes it. */
  readonly why: (used: string) => string;
  /** What makes the part needless all the same. */
  readonly unless?: (
    binary: Pick<Binary, 'links'>,
    env: Readonly<Record<string, string | undefined>>,
  ) => boolean;
}

/**
 * Found by reading which absolute paths Go's standard library opens on Linux, and which functions lead to each; checked against
 * real programs in the tests. Left out on purpose:
 * - /etc/hosts, /etc/resolv.conf, /etc/hostname, /dev, /proc, /sys: the container's runtime brings them.
 * - /etc/nsswitch.conf: without it Go (1.16 and later) asks files, then DNS, which is what the file would say.
 * - /etc/services, /etc/protocols, mime.types: Go has its own tables of what servers use, and does without the files.
 * - /etc/localtime: without it the local time is UTC, which is right for a container that sets no TZ.
 */
export const rules: readonly Rule[] = [
  {
    // Parsing certificates does not lead here; verifying without a pool of one's own does, and so does any TLS client or server.
    part: 'ca',
    functions: ['crypto/x509.loadSystemRoots', 'crypto/x509.initSystemRoots'],
    why: () => 'links crypto/x509',
    unless: (binary) => binary.links('golang.org/x/crypto/x509roots/fallback'),
  },
  {
    part: 'zoneinfo',
    functions: ['time.LoadLocation'],
    why: (used) => `calls ${used}`,
    unless: (binary) => binary.links('time/tzdata'),
  },
  {
    part: 'users',
    functions: [
      'os/user.Current',
      'os/user.Lookup',
      'os/user.LookupId',
      'os/user.LookupGroup',
      'os/user.LookupGroupId',
      'os/user.(*User).GroupIds',
    ],
    why: (used) => `calls ${used}`,
  },
  {
    part: 'home',
    // Current and the others ask UserHomeDir, which is last for that.
    functions: ['os.UserConfigDir', 'os.UserCacheDir', 'os/user.Current', 'os.UserHomeDir'],
    why: (used) => `calls ${used}`,
    unless: (_, env) => env['HOME'] !== undefined,
  },
  {
    // All of them ask TempDir, which is last, so that the reason names what the program wrote.
    part: 'tmp',
    functions: ['os.CreateTemp', 'os.MkdirTemp', 'os.TempDir'],
    why: (used) => `calls ${used}`,
  },
];
