import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { isToolError } from '../../../src/core/errors.ts';
import { program } from '../../../src/sandbox/probe.ts';
import type { Box } from './box.ts';
import type { Case } from './cases.ts';

/** A program that asks for the user's keyring (keyctl 0, -4) and ends with the error's number. */
const askKeyring = 'b8fa000000 31ff 48c7c6fcffffff 31d2 0f05 f7d8 89c7 b83c000000 0f05';

/** Tries hard to see or change what is not its own. */
export const isolation: readonly Case[] = [
  {
    name: 'no file of the machine can be seen',
    needs: ['namespaces'],
    run: async (box) => {
      const secret = path.join(box.temp, 'host-secret');
      writeFileSync(secret, 'geheim');
      const { stdout, stderr } = await box.run(
        `for p in "" /proc/1/root /proc/self/root /proc/1/cwd /proc/self/cwd/../../../../.. /proc/*/root /../../../..; do cat "$p${secret}" && echo "seen at $p"; done;
         cat /proc/*/environ | tr '\\0' '\\n' | grep -E '^(HOME|USER|PWD|LANG)=' | sort -u; ls /proc/1/map_files /proc/self/fd; cat /proc/mounts`,
      );
      assert.doesNotMatch(stdout, /geheim|seen at/);
      assert.ok(!stdout.includes(box.temp), 'a path of the machine is seen in /proc/mounts');
      assert.match(stderr, /No such file/);
    },
  },
  {
    name: 'no process of the machine can be seen, signalled or traced',
    needs: ['namespaces'],
    run: async (box) => {
      const { stdout } = await box.run(
        'ls /proc | grep -E "^[0-9]+$" | sort -n; kill -0 $PPID 2>&1; kill -9 -1; echo alive; cat /proc/sys/kernel/ns_last_pid',
      );
      const pids = stdout
        .split('\n')
        .filter((line) => /^\d+$/.test(line))
        .map(Number);
      assert.equal(pids[0], 1);
      assert.ok(pids.length < 8 && Math.max(...pids) < 100, stdout);
      assert.match(stdout, /alive/);
    },
  },
  {
    name: 'the environment of what started it is not seen',
    run: async (box) => {
      const { stdout } = await box.run(
        'cat /proc/1/environ /proc/self/environ /proc/$PPID/environ 2>/dev/null | tr "\\0" "\\n"',
      );
      assert.ok(!stdout.includes('CORACLE_CONTRACT_SECRET'), stdout);
    },
  },
  {
    name: 'the kernel’s files tell and change nothing',
    needs: ['namespaces'],
    run: async (box) => {
      const script = [
        'for f in kcore keys timer_list interrupts; do [ ! -s /proc/$f ] || echo "/proc/$f"; done',
        'ls /sys/firmware /proc/acpi /proc/scsi 2>/dev/null | grep -v ":$" | grep .',
        'for f in /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/sys/vm/drop_caches /sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/uevent_helper; do (echo 0 > $f) 2>/dev/null && echo "wrote $f"; done',
        'mount -t tmpfs none /tmp 2>/dev/null && echo mounted; mount -o remount,rw /proc/sys 2>/dev/null && echo remounted; umount /proc/sys 2>/dev/null && echo unmounted',
        'hostname other 2>/dev/null && echo renamed; true',
      ];
      const { stdout } = await box.run(script.join('\n'));
      assert.equal(stdout, '');
    },
  },
  {
    name: 'no disk of the machine can be read through a device node',
    needs: ['namespaces'],
    run: async (box) => {
      const script =
        'for n in $(cut -c1-9 /proc/partitions | sed 1,2d | tr -s " " : | sort -u); do mknod /tmp/d$n b ${n#:} 0; done 2>/dev/null; while read a b s n; do for d in /tmp /dev /data; do mknod $d/x-$n b $a $b 2>/dev/null; head -c 1 $d/x-$n 2>/dev/null | wc -c; done; done < /proc/partitions | sort -u';
      const { stdout } = await box.run(script, { mounts: [{ kind: 'tmpfs', target: '/data' }] });
      assert.equal(stdout, '0\n');
    },
  },
  {
    name: 'no keyring of the user can be reached',
    needs: ['namespaces'],
    run: async (box) => {
      if (process.arch !== 'x64') return;
      writeFileSync(path.join(box.written, 'ask'), program('amd64', askKeyring), { mode: 0o755 });
      const { code } = await box.run(['/ask']);
      assert.equal(code, 1); // EPERM
    },
  },
  {
    name: 'without a network there is only the loopback device, and it is up',
    run: async (box) => {
      const ask =
        'ls /sys/class/net; ip -o link show up 2>/dev/null | grep -c LOOPBACK; ping -c 1 -W 2 127.0.0.1 >/dev/null && echo answers';
      if (box.sandbox.name === 'chroot' && !(await canUnshareNetwork(box))) {
        await assert.rejects(box.run(ask, { network: 'none' }), (error) =>
          isToolError(error, 'SANDBOX_UNAVAILABLE'),
        );
        return;
      }
      const { stdout } = await box.run(
        box.sandbox.name === 'chroot' ? ask.replace(/^[^;]*/, 'echo lo') : ask,
        { network: 'none' },
      );
      assert.equal(stdout, 'lo\n1\nanswers\n');
    },
  },
  {
    name: 'the machine’s network is the machine’s',
    needs: ['proc'],
    run: async (box) => {
      const { stdout } = await box.run('readlink /proc/self/ns/net');
      const ours = await box.ctx.exec({ argv: ['readlink', '/proc/self/ns/net'], env: box.ctx.env });
      assert.equal(stdout, ours.stdout);
    },
  },
];

async function canUnshareNetwork({ ctx }: Box): Promise<boolean> {
  return (await ctx.exec({ argv: ['unshare', '-n', 'true'], env: ctx.env })).code === 0;
}
