import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Mount } from '../../../src/sandbox/types.ts';
import { listing } from './box.ts';
import type { Case } from './cases.ts';

function file(target: string, text: string, more: Partial<Extract<Mount, { kind: 'file' }>> = {}): Mount {
  const bytes = Buffer.from(text);
  return { kind: 'file', target, bytes, mode: 0o400, uid: 0, gid: 0, readOnly: true, ...more };
}

/** What is mounted, and what stays of it. */
export const mounting: readonly Case[] = [
  {
    name: 'a directory is shown, and written through or not',
    run: async (box) => {
      const source = path.join(box.temp, 'shared');
      mkdirSync(path.join(source, 'sub'), { recursive: true });
      writeFileSync(path.join(source, 'sub/a'), 'a');
      writeFileSync(path.join(source, 'gone'), 'x');
      const mount = (readOnly: boolean): { mounts: Mount[] } => ({
        mounts: [{ kind: 'bind', source, target: '/data', readOnly }],
      });
      const reading = await box.run('cat /data/sub/a; ls /data; echo no 2>/dev/null > /data/no', mount(true));
      assert.equal(reading.stdout, 'agone\nsub\n');
      assert.ok(!existsSync(path.join(source, 'no')));
      if (box.sandbox.name !== 'chroot') assert.notEqual(reading.code, 0);
      await box.run(
        'echo b > /data/sub/b; rm /data/gone; ln -s sub /data/link; rm -r /data/sub/a',
        mount(false),
      );
      assert.deepEqual(readdirSync(source).sort(), ['link', 'sub']);
      assert.equal(readFileSync(path.join(source, 'sub/b'), 'utf8'), 'b\n');
      // What it stood in front of is as it was.
      assert.equal((await box.run('ls /data')).stdout, 'old\n');
    },
  },
  {
    name: 'a single file is shown in place of another, and where none was',
    run: async (box) => {
      const source = path.join(box.temp, 'conf');
      writeFileSync(source, 'mine');
      const mounts: Mount[] = ['/etc/passwd', '/etc/new/conf'].map((target) => ({
        kind: 'bind',
        source,
        target,
        readOnly: true,
      }));
      assert.equal((await box.run('cat /etc/passwd /etc/new/conf', { mounts })).stdout, 'minemine');
      assert.equal((await box.run('ls /etc')).stdout, 'passwd\n');
    },
  },
  {
    name: 'files in memory have their bytes and mode, and leave nothing behind',
    run: async (box) => {
      const owner = box.mode === 'single' ? 0 : 1000;
      const mounts = [
        file('/run/secrets/token', 'geheim\n', { uid: owner, gid: owner, mode: 0o440 }),
        file('/etc/hosts', '127.0.0.1 localhost\n', { mode: 0o644, readOnly: false }),
      ];
      const before = listing(box.written);
      const { stdout, code } = await box.run(
        'cat /run/secrets/token; stat -c %a:%u:%g /run/secrets/token; echo x >> /etc/hosts; cat /etc/hosts',
        { mounts },
      );
      assert.equal(code, 0);
      assert.equal(stdout, `geheim\n440:${owner}:${owner}\n127.0.0.1 localhost\nx\n`);
      assert.deepEqual(listing(box.written), before);
    },
  },
  {
    name: 'what was made to mount on is gone, and no directory looks changed',
    run: async (box) => {
      const before = listing(box.written);
      const mounts: Mount[] = [
        { kind: 'tmpfs', target: '/a/b/c' },
        { kind: 'tmpfs', target: '/var/cache/x' },
        file('/data/deep/file', 'x'),
        file('/a/b/c/inner/file', 'y'),
      ];
      const { stdout } = await box.run('find /a /data /var/cache | sort', { mounts });
      const shown =
        '/a /a/b /a/b/c /a/b/c/inner /a/b/c/inner/file /data /data/deep /data/deep/file /data/old /var/cache /var/cache/x';
      assert.equal(stdout.trim().split('\n').join(' '), shown);
      assert.deepEqual(listing(box.written), before);
    },
  },
  {
    name: 'what a program adds beside a mount stays',
    run: async (box) => {
      await box.run('echo kept > /run/kept; echo also > /data/deep/also', {
        mounts: [{ kind: 'tmpfs', target: '/run/lock' }, file('/data/deep/file', 'x')],
      });
      assert.equal(
        (await box.run('cat /run/kept /data/deep/also; ls /run /data/deep')).stdout,
        'kept\nalso\n/data/deep:\nalso\n\n/run:\nkept\n',
      );
    },
  },
  {
    name: 'links in targets lead nowhere out of the root',
    run: async (box) => {
      const { stdout } = await box.run('cat /run/x /tmp/y', {
        mounts: [file('/var/run/x', 'X'), file('/out/y', 'Y')],
      });
      assert.equal(stdout, 'XY');
      assert.ok(!existsSync('/tmp/y'));
    },
  },
  {
    name: 'memory has its size and mode',
    needs: ['namespaces'],
    run: async (box) => {
      const { stdout } = await box.run(
        'stat -c %a /scratch; df -k /scratch | tail -n 1 | tr -s " " | cut -d" " -f2; head -c 2000000 /dev/zero > /scratch/x || echo full',
        { mounts: [{ kind: 'tmpfs', target: '/scratch', size: 1_048_576, mode: 0o700 }] },
      );
      assert.match(stdout, /^700\n1024\n(.*\n)?full\n$/);
    },
  },
  {
    name: 'an empty directory stands where memory is to be',
    run: async (box) => {
      const { stdout } = await box.run('ls /data; echo x > /data/x; stat -c %a /data', {
        mounts: [{ kind: 'tmpfs', target: '/data' }],
      });
      assert.equal(stdout, '1777\n');
      assert.equal((await box.run('ls /data')).stdout, 'old\n');
    },
  },
  {
    name: 'a stack of directories is shown from a path on, written to its own place',
    needs: ['namespaces'],
    run: async (box) => {
      const place = (name: string): string => path.join(box.temp, name);
      for (const name of ['l1/in', 'l2/in', 'u', 'w']) mkdirSync(place(name), { recursive: true });
      writeFileSync(place('l1/in/low'), 'low');
      writeFileSync(place('l2/in/high'), 'high');
      const lower = [place('l2'), place('l1')];
      const reading = await box.run('cat /src/low /src/high; touch /src/x 2>/dev/null || echo read-only', {
        mounts: [
          { kind: 'overlay', lower, path: 'in', target: '/src' },
          { kind: 'overlay', lower: [place('l1')], target: '/one' },
        ],
      });
      assert.equal(reading.stdout, 'lowhighread-only\n');
      const overlay = { kind: 'overlay', lower, upper: place('u'), work: place('w') } as const;
      await box.run('rm /src/in/low; echo new > /src/in/new', { mounts: [{ ...overlay, target: '/src' }] });
      assert.equal(readFileSync(place('u/in/new'), 'utf8'), 'new\n');
      assert.deepEqual(readdirSync(place('l1/in')), ['low']);
    },
  },
  {
    name: 'a root of 128 layers',
    needs: ['namespaces'],
    run: async (box) => {
      const layers = Array.from({ length: 127 }, (_, index) =>
        path.join(box.temp, 'layers', `${index}-${'x'.repeat(60)}`),
      );
      for (const [index, layer] of layers.entries()) {
        mkdirSync(layer, { recursive: true });
        writeFileSync(path.join(layer, `file${index}`), String(index));
      }
      const { stdout } = await box.run('ls / | grep -c file; cat /file0 /file126', {
        root: box.stacked(layers),
      });
      assert.equal(stdout, '127\n0126');
    },
  },
  {
    name: 'what is removed leaves whiteouts, what is added files',
    needs: ['namespaces'],
    run: async (box) => {
      await box.run('rm -r /data; mkdir /data; echo x > /new; chmod 4755 /new; mkfifo /fifo');
      const passwd = await box.run('rm /etc/passwd; ls /etc');
      assert.equal(passwd.stdout, '');
      const whiteout = lstatSync(path.join(box.written, 'etc/passwd'));
      assert.ok(whiteout.isCharacterDevice());
      assert.equal(whiteout.rdev, 0);
      assert.equal(lstatSync(path.join(box.written, 'new')).mode & 0o7777, 0o4755);
      assert.ok(lstatSync(path.join(box.written, 'fifo')).isFIFO());
    },
  },
  {
    name: 'a read-only root can be mounted into, not written',
    needs: ['namespaces'],
    run: async (box) => {
      const { stdout } = await box.run('touch /x 2>/dev/null || echo no; touch /scratch/x && echo yes; pwd', {
        readOnlyRoot: true,
        cwd: '/srv/new',
        mounts: [{ kind: 'tmpfs', target: '/scratch' }],
      });
      assert.equal(stdout, 'no\nyes\n/srv/new\n');
    },
  },
  {
    name: 'a directory as root is left as it was, but for what the program did',
    run: async (box) => {
      const root =
        box.root.kind === 'directory'
          ? box.root
          : ({ kind: 'directory', directory: path.join(box.temp, 'copy') } as const);
      if (box.root.kind === 'overlay') {
        mkdirSync(path.join(root.directory, 'bin'), { recursive: true });
        const [base = ''] = box.root.lower;
        writeFileSync(path.join(root.directory, 'bin/sh'), readFileSync(path.join(base, 'bin/busybox')), {
          mode: 0o755,
        });
      }
      const before = listing(root.directory);
      const mounts = [file('/run/secrets/x', 'geheim'), file('/etc/resolv.conf', 'nameserver x')];
      const ran = await box.run(['/bin/sh', '-c', 'read x < /run/secrets/x; echo "$x" > /dev/null'], {
        root,
        mounts,
      });
      assert.equal(ran.code, 0);
      assert.deepEqual(listing(root.directory), before);
    },
  },
];
