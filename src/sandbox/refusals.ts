import { promises as fs } from 'node:fs';

/** Why the kernel refused what was tried: only asked after it did. */
export interface Why {
  readonly why: string;
  readonly hint: string;
}

interface Switch {
  readonly file: string;
  readonly refuses: (text: string) => boolean;
  readonly why: string;
  readonly hint: string;
}

const orChroot = 'Or, as root in a container: --sandbox chroot, which says what it cannot keep apart.';

const switches: readonly Switch[] = [
  {
    file: '/proc/sys/user/max_user_namespaces',
    refuses: (text) => Number(text) === 0,
    why: 'user.max_user_namespaces is 0',
    hint: `As root: sysctl user.max_user_namespaces=15000. ${orChroot}`,
  },
  {
    file: '/proc/sys/kernel/unprivileged_userns_clone',
    refuses: (text) => Number(text) === 0,
    why: 'kernel.unprivileged_userns_clone is 0',
    hint: `As root: sysctl kernel.unprivileged_userns_clone=1. ${orChroot}`,
  },
  {
    file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    refuses: (text) => Number(text) === 1,
    why: 'AppArmor refuses user namespaces to programs without a profile (kernel.apparmor_restrict_unprivileged_userns is 1)',
    hint: `As root: sysctl kernel.apparmor_restrict_unprivileged_userns=0. ${orChroot}`,
  },
  {
    file: '/proc/self/status',
    refuses: (text) => /^Seccomp:\s*2$/m.test(text),
    why: 'this runs in a container whose seccomp profile refuses it',
    hint: `Start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined. ${orChroot}`,
  },
];

/** @param says the words of the program that was refused */
export async function whyNoUserNamespaces(says: string): Promise<Why> {
  for (const each of switches) {
    const text = await fs.readFile(each.file, 'utf8').catch(() => undefined);
    if (text !== undefined && each.refuses(text)) {
      return { why: `user namespaces cannot be made: ${each.why} (${says})`, hint: each.hint };
    }
  }
  return { why: `user namespaces cannot be made: ${says}`, hint: `coracle doctor tells more. ${orChroot}` };
}

/** Why root may not make the namespaces of a sandbox. */
export async function whyNoNamespaces(says: string): Promise<Why> {
  const status = await fs.readFile('/proc/self/status', 'utf8').catch(() => '');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const admin = (effective >> 21n) & 1n;
  const filtered = /^Seccomp:\s*2$/m.test(status);
  const cause =
    admin === 0n
      ? 'root may not mount here (no CAP_SYS_ADMIN), as in a container without --privileged'
      : filtered
        ? 'the seccomp profile of this container refuses it'
        : 'the kernel refuses it';
  return {
    why: `steps cannot be run in namespaces: ${cause} (${says})`,
    hint: `Use --sandbox chroot, which says what it cannot keep apart; or start the container with --privileged.`,
  };
}
