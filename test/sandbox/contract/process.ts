import assert from 'node:assert/strict';
import type { Case } from './cases.ts';

/** What the process is given and gives back. */
export const process: readonly Case[] = [
  {
    name: 'the environment is what was given, and nothing else',
    run: async (box) => {
      const env = ['PATH=/bin', 'HOME=/x', 'EMPTY=', 'LINES=a\nb', 'ÜMLAUT=ä ö'];
      const { code, stdout } = await box.run(['env', '-0'], { env });
      assert.equal(code, 0);
      assert.deepEqual(stdout.split('\0').filter(Boolean).sort(), env.toSorted());
    },
  },
  {
    name: 'arguments arrive as they are, in a working directory that is made',
    run: async (box) => {
      const argv = ['sh', '-c', 'printf "%s|" "$PWD" "$@"', 'x', 'a  b', '', '$HOME', '"é\n'] as const;
      const { stdout } = await box.run(argv, { cwd: '/made/deep/er' });
      assert.equal(stdout, '/made/deep/er|a  b||$HOME|"é\n|');
      assert.equal((await box.run('stat -c %a:%u /made/deep')).stdout, '755:0\n');
    },
  },
  {
    name: 'a program that is not there gives 127, one that cannot be run 126',
    run: async (box) => {
      const missing = await box.run(['nothing-here', 'x']);
      assert.equal(missing.code, 127);
      assert.match(missing.stderr, /nothing-here.*not found/);
      const nowhere = await box.run(['/nowhere/program']);
      assert.equal(nowhere.code, 127);
      assert.match(nowhere.stderr, /no such file or directory/);
      const data = await box.run(['/etc/passwd']);
      assert.equal(data.code, 126);
      assert.match(data.stderr, /permission denied/);
      await box.run('printf "\\177nonsense" > /tmp/x; chmod 755 /tmp/x');
      assert.equal((await box.run(['/tmp/x'])).code, 126);
    },
  },
  {
    name: 'exit codes are the program’s, 128 and the number for a signal',
    run: async (box) => {
      assert.equal((await box.run('exit 42')).code, 42);
      assert.equal((await box.run("sh -c 'kill -TERM $$'; exit $?")).code, 143);
      const killed = await box.run('echo up; exec sleep 1000', {}, killing('SIGKILL'));
      assert.equal(killed.code, 137);
    },
  },
  {
    name: 'signals are passed on to the program',
    run: async (box) => {
      let send: ((signal: NodeJS.Signals) => void) | undefined;
      const ran = await box.run(
        'trap "echo caught; exit 7" TERM; echo up; while :; do sleep 0.05; done',
        { onOutput: (_, text) => (text.includes('up') ? send?.('SIGTERM') : undefined) },
        { onStarted: (kill) => (send = kill) },
      );
      assert.deepEqual([ran.code, ran.stdout], [7, 'up\ncaught\n']);
    },
  },
  {
    name: 'output comes in its stream, whole, with characters unbroken',
    run: async (box) => {
      const count = 300_000;
      const { stdout, stderr } = await box.run(
        `yes '€ä' | head -n ${count}; echo done >&2; head -c 3000000 /dev/zero | tr '\\0' x >&2`,
      );
      assert.equal(stdout.length, 3 * count);
      assert.ok(!stdout.includes('\uFFFD'));
      assert.equal(stderr.length, 3_000_005);
    },
  },
  {
    name: 'standard streams can be opened by name, also by a user',
    needs: ['users', 'proc'],
    run: async (box) => {
      const { stdout, stderr } = await box.run('echo a > /dev/stdout; echo b > /dev/stderr; cat /dev/stdin', {
        user: { uid: 1000, gid: 1000, groups: [] },
        input: Buffer.from('in'),
      });
      assert.deepEqual([stdout, stderr], ['a\nin', 'b\n']);
    },
  },
  {
    name: 'input is what was given, or nothing',
    run: async (box) => {
      const input = Buffer.alloc(1_000_000, 'z');
      assert.equal((await box.run('wc -c', { input })).stdout.trim(), '1000000');
      assert.equal((await box.run('wc -c')).stdout.trim(), '0');
      assert.equal((await box.run('head -c 1 >/dev/null; exit 3', { input })).code, 3);
    },
  },
  {
    name: 'user, group and groups are those that were asked for',
    needs: ['users'],
    run: async (box) => {
      const user = { uid: 1000, gid: 1001, groups: [50, 60] };
      const { stdout } = await box.run('id -u; id -g; id -G; touch /tmp/f; stat -c %u:%g /tmp/f', { user });
      assert.equal(stdout, '1000\n1001\n1001 50 60\n1000:1001\n');
      assert.equal((await box.run('echo x > /etc/passwd', { user })).code, 1);
    },
  },
  {
    name: 'root has Docker’s capabilities, a user none, and no program gives more',
    needs: ['proc'],
    run: async (box) => {
      const ask = 'sed -n "s/^\\(Cap...\\|NoNewPrivs\\):.//p" /proc/self/status | tr "\\n" " "';
      const usual = '00000000a80425fb';
      const none = '0000000000000000';
      const root = await box.run(ask);
      assert.equal(root.stdout, `${none} ${usual} ${usual} ${usual} ${none} 1 `);
      if (box.mode === 'single') return;
      const user = await box.run(ask, { user: { uid: 1000, gid: 1000, groups: [] } });
      assert.equal(user.stdout, `${none} ${none} ${none} ${usual} ${none} 1 `);
    },
  },
  {
    name: 'capabilities can be added and dropped',
    needs: ['proc', 'namespaces'],
    run: async (box) => {
      const ask = 'sed -n "s/^CapEff:.//p" /proc/self/status';
      const only = await box.run(ask, { capDrop: ['ALL'], capAdd: ['CAP_CHOWN', 'sys_ptrace'] });
      assert.equal(only.stdout, '0000000000080001\n');
    },
  },
  {
    name: 'nothing is inherited: file creation mask, signals, descriptors',
    needs: ['proc'],
    run: async (box) => {
      const { stdout } = await box.run('umask; grep -E "Sig(Blk|Ign)" /proc/self/status; ls /proc/self/fd');
      assert.match(stdout, /^0022\nSigBlk:\s0{16}\nSigIgn:\s0{16}\n0\n1\n2\n3\n$/);
      // The shell's `yes` ends by SIGPIPE, or this would not end.
      assert.equal((await box.run('yes | head -n 1')).stdout, 'y\n');
    },
  },
  {
    name: 'limits of resources are set',
    run: async (box) => {
      const ulimits = [
        { name: 'nofile', soft: 100, hard: 200 },
        { name: 'core', soft: 0, hard: 0 },
      ];
      const { stdout } = await box.run('ulimit -Sn; ulimit -Hn; ulimit -c', { ulimits });
      assert.equal(stdout, '100\n200\n0\n');
      const usual = await box.run('ulimit -n');
      assert.ok(Number(usual.stdout) <= 1_048_576, usual.stdout);
    },
  },
  {
    name: 'the host name is its own',
    needs: ['namespaces'],
    run: async (box) => assert.equal((await box.run('hostname')).stdout, 'box\n'),
  },
  {
    name: 'devices are the usual ones, and work',
    run: async (box) => {
      const { stdout, code } = await box.run(
        'ls /dev; echo x > /dev/null && head -c 2 /dev/zero | wc -c && head -c 9 /dev/urandom | wc -c && ! echo x 2>/dev/null > /dev/full',
      );
      assert.equal(code, 0);
      const names = stdout.split('\n').slice(0, -3);
      const usual =
        'console fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero core'.split(
          ' ',
        );
      assert.deepEqual(
        names.filter((name) => !usual.includes(name)),
        [],
      );
    },
  },
  {
    name: 'shared memory has the size that was asked for',
    needs: ['namespaces'],
    run: async (box) => {
      const { stdout } = await box.run('df -k /dev/shm | tail -n 1 | tr -s " " | cut -d" " -f2', {
        shmSize: 8_388_608,
      });
      assert.equal(stdout, '8192\n');
    },
  },
];

function killing(signal: NodeJS.Signals): { onStarted: (kill: (signal: NodeJS.Signals) => void) => void } {
  return { onStarted: (kill) => void setTimeout(() => kill(signal), 200) };
}
