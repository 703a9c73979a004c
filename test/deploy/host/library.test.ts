import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readLibrary } from '../../../src/deploy/host/library.ts';
import { call, describeWith, findProgram, installed, tryCall } from '../../components/program.ts';
import { tempDir } from '../../support/ctx.ts';

/** Every program that the scripts may count on: busybox's where it has it. */
const programs = [
  ...[
    'awk',
    'cat',
    'chmod',
    'cut',
    'date',
    'df',
    'flock',
    'grep',
    'head',
    'id',
    'ls',
    'mkdir',
    'mktemp',
    'mv',
    'nproc',
    'printf',
  ],
  ...[
    'rm',
    'sed',
    'setsid',
    'sh',
    'sha256sum',
    'sleep',
    'sort',
    'stat',
    'sync',
    'tail',
    'timeout',
    'touch',
    'tr',
    'true',
  ],
];

/** Runs a script with the library in a shell that has nothing but what is named. */
async function inShell(
  shell: 'dash' | 'busybox',
  directory: string,
  script: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const bin = path.join(directory, `bin-${shell}`);
  mkdirSync(bin, { recursive: true });
  const listed = shell === 'busybox' ? await call([findProgram('busybox') ?? '', '--list']) : undefined;
  const own = new Set(listed?.stdout.split('\n'));
  for (const program of programs) {
    const target = findProgram(own.has(program) ? 'busybox' : program) ?? '';
    // It is there from the last script.
    if (!existsSync(path.join(bin, program))) symlinkSync(target, path.join(bin, program));
  }
  writeFileSync(path.join(directory, 'library.sh'), readLibrary().text);
  const lines = `library=${directory}/library.sh directory=${directory} service=api\n. "$library"\n${script}`;
  const argv: [string, ...string[]] =
    shell === 'busybox'
      ? [findProgram('busybox') ?? '', 'sh', '-c', lines]
      : [findProgram('dash') ?? '', '-c', lines];
  return tryCall(argv, { env: { PATH: bin } });
}

describeWith([installed('busybox'), installed('dash')], 'the library of scripts', () => {
  test.each(['dash', 'busybox'] as const)('%s: records are written whole and read back', async (shell) => {
    const directory = tempDir();
    const script = `open_records
      put "$records/state" "current r2 b 20002
previous r1 a 20001"
      read_state "$records/state"
      echo "$current $current_slot $current_port $previous $previous_slot $previous_port"
      put "$records/pending" 'r3 a 20003 10 5 boot'
      read_record pending && echo "$id $slot $port $rest"
      take "$records/pending" "$records/confirmed" && ! take "$records/pending" "$records/reverting" && echo once
      entry='{"by":"x"}'; journal "$entry"; cat "$records/journal.jsonl"`;
    const { stdout, stderr, code } = await inShell(shell, directory, script);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'r2 b 20002 r1 a 20001',
      'r3 a 20003 10 5 boot',
      'once',
      expect.stringMatching(/^\{"at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ","by":"x"\}$/),
      '',
    ]);
  });

  test.each(['dash', 'busybox'] as const)(
    '%s: records that were changed by somebody are not used',
    async (shell) => {
      const directory = tempDir();
      for (const line of [
        'current r2;id b 20002',
        'current r2 b 2000x',
        'current $(id) b 1',
        'current -r b 20002',
      ]) {
        const script = `open_records; echo '${line}' >"$records/state"; read_state "$records/state"; echo "read $current"`;
        const { stdout, stderr, code } = await inShell(shell, directory, script);
        expect({ stdout, code }).toEqual({ stdout: '', code: 66 });
        expect(stderr).toContain('damaged');
      }
      const { code } = await inShell(shell, directory, 'service=../other; open_records');
      expect(code).toBe(64);
    },
  );

  test.each(['dash', 'busybox'] as const)(
    '%s: a free port is one that nobody has or keeps',
    async (shell) => {
      const directory = tempDir();
      const script = `open_records; mkdir -p "$records/releases/r1"; echo 'a 20005 1 no' >"$records/releases/r1/placed"
      taken=' '; n=0; while [ $n -lt 10000 ]; do case $((20000 + n)) in 20005 | 20007) ;; *) taken="$taken$((20000 + n)) " ;; esac; n=$((n + 1)); done
      free_port; taken="$taken 20007"; free_port || echo none`;
      expect((await inShell(shell, directory, script)).stdout).toBe('20007\nnone\n');
    },
  );

  test.each(['dash', 'busybox'] as const)(
    '%s: the time left counts from the last sign, by uptime',
    async (shell) => {
      const directory = tempDir();
      const script = `open_records
      uptime_seconds() { uptime=1000; }
      left() { echo "$1" >"$records/pending"; [ -z "$2" ] || echo "$2" >"$records/beat"; read_record pending; seconds_left; }
      left 'r a 20000 30 990 boot' ''
      left 'r a 20000 30 990 boot' 000000000998
      left 'r a 20000 30 990 boot' 000000000100
      left 'r a 20000 30 990 boot' 000000005000
      left 'r a 20000 30 900 boot' garbage
      left 'r a 20000 30 900 boot' 000000000000`;
      const { stdout, stderr } = await inShell(shell, directory, script);
      expect(stderr).toBe('');
      expect(stdout.split('\n')).toEqual(['20', '28', '20', '20', '0', '0', '']);
    },
  );

  test.each(['dash', 'busybox'] as const)(
    '%s: the lock is held until its input ends, and told of',
    async (shell) => {
      const directory = tempDir();
      const script = `holder='{"by":"ana"}'
      (while :; do echo .; sleep 0.2; done) | { op_lock; } >"$directory/said" &
      until [ -s "$directory/said" ]; do sleep 0.05; done
      cat "$directory/said"
      (holder='{"by":"bob"}' && op_lock </dev/null); echo "$?"
      kill $! 2>/dev/null; open_records; cat "$records/holder"; echo ended
      trap '' TERM; kill -TERM 0`;
      const { stdout } = await inShell(shell, directory, script);
      expect(stdout).toContain('LOCKED\nHELD {"by":"ana"}\n75\n{"by":"ana"}\nended\n');
      expect(readFileSync(path.join(directory, 'services/api/beat'), 'utf8')).toMatch(/^\d{12}\n$/);
    },
  );
});
