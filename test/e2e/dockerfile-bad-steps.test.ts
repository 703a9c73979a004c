/** Bad days while a step runs: processes that do not end, disks that are full, and those who want to see more than they may. */
import { chmodSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { call, describeWith, isRoot, tryCall } from '../components/program.ts';
import { program } from './coracle.ts';
import { kitNeeds, openKit } from './dockerfile-kit.ts';
import type { Kit } from './dockerfile-kit.ts';
import { start, survivors } from './processes.ts';
import { leftovers } from './tiny.ts';

let unique = 0;
/** Seconds that nobody else sleeps. */
const mark = (): string => `8${process.pid}.${++unique}`;

const alive = (what: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.startsWith('sleep') && line.includes(what) ? [`${pid} ${line}`] : [];
      } catch {
        return [];
      }
    });

describeWith(kitNeeds, 'a step', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await openKit();
  });
  afterAll(async () => kit.stop());

  it.each(['process', 'group'] as const)(
    'that ignores every signal ends with Ctrl-C, to the %s',
    async (whom) => {
      const time = mark();
      const context = kit.context({
        Dockerfile: `FROM BASE\nRUN trap '' TERM INT HUP QUIT; setsid sh -c "trap '' TERM INT; sleep ${time}; sleep ${time}" & echo is "here"; sleep ${time}; sleep ${time}\n`,
      });
      const machine = kit.machine();
      for (const patience of [500, 0]) {
        const running = start(['build', context], { env: { CORACLE_HOME: machine.home } });
        expect(await running.until(/is here/)).toBe(true);
        await sleep(patience);
        // What was said may be read before the next command has begun.
        await vi.waitFor(() => expect(alive(time)).not.toEqual([]), { timeout: 10_000, interval: 5 });
        running.strike('SIGINT', whom);
        expect(await running.ended).toBe(130);
        expect(await survivors(running, 2000)).toEqual([]);
        expect(alive(time)).toEqual([]);
        expect(leftovers(machine.home)).toEqual([]);
      }
    },
  );

  it('that is about to begin never runs after Ctrl-C', async () => {
    const time = mark();
    const context = kit.context({ Dockerfile: `FROM BASE\nRUN sleep ${time}\n` });
    const machine = kit.machine();
    const env = { CORACLE_HOME: machine.home };
    for (const after of [0, 10, 20, 40, 60, 80, 100, 150]) {
      const running = start(['build', context], { env });
      await running.until(/RUN sleep/);
      await sleep(after);
      running.strike('SIGINT', 'process');
      expect(await running.ended).toBe(130);
      expect(alive(time)).toEqual([]);
      expect(leftovers(machine.home)).toEqual([]);
    }
  });

  it('that forks without end meets its limit, and ends with Ctrl-C', async () => {
    const context = kit.context({
      Dockerfile:
        'FROM BASE\nRUN f() { f | f & }; f; echo is "here"; while :; do sleep 1 || echo again; done\n',
    });
    // An ordinary user's limit counts in his own user namespace; so the test's machine is safe.
    const machine = kit.machine('single');
    const limited = ['prlimit', '--nproc=400', program, 'build', '--progress=plain', context] as const;
    const prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;
    const exit = await tryCall(['timeout', '--signal=INT', '8', ...prefix, ...limited], {
      env: { CORACLE_HOME: machine.home, HOME: machine.home },
      cwd: '/',
    });
    expect(exit.stderr).toMatch(/can't fork|Resource temporarily unavailable/);
    expect(exit.stderr).toContain('[INTERRUPTED]');
    expect(leftovers(machine.home)).toEqual([]);
  });

  it('that leaves a daemon behind ends when its first process does, and so does the daemon', async () => {
    const time = mark();
    const context = kit.context({
      Dockerfile: `FROM BASE
RUN setsid sh -c 'echo daemon >/daemon; sleep ${time}; echo late >/late' >/dev/null 2>&1 & while [ ! -e /daemon ]; do sleep 0.1; done; (sleep ${time} &) & echo done >/done
RUN cat /daemon /done; [ ! -e /late ]; [ "$(echo /proc/[0-9]*)" = /proc/1 ] || ls -d /proc/[0-9]*
`,
    });
    const machine = kit.machine();
    await machine.build(context);
    expect(alive(time)).toEqual([]);
  });

  it('cannot see the machine: its files, processes, environment or secrets of others', async () => {
    const secret = path.join(mkdtempSync(path.join(kit.root, 'host-')), 'secret');
    writeFileSync(secret, 'of the machine');
    const context = kit.context({
      Dockerfile: `FROM BASE
RUN --mount=type=secret,id=mine,required true
RUN for p in "" /proc/1/root /proc/self/cwd/../.. /proc/*/root; do if [ -e "$p${secret}" ]; then echo "seen at $p"; exit 1; fi; done
RUN if env | grep -E 'CORACL[E]|gehei[m]'; then exit 1; fi; if grep -l 'gehei[m]' /proc/[0-9]*/environ /proc/[0-9]*/cmdline; then exit 1; fi
RUN if [ -e /run/secrets/mine ]; then exit 1; fi
RUN for p in /proc/[0-9]*; do seq 1 >/dev/null; done; [ ! -e /proc/$(( 1000000 )) ] && [ "$(cat /proc/1/cmdline | head -c 7)" = /bin/sh ]
`,
    });
    for (const who of ['root', 'single', 'subids'] as const)
      await kit
        .machine(who)
        .build(context, ['--secret', 'id=mine,env=MINE'], { env: { MINE: 'geheim', OTHER: 'geheim too' } });
  });

  it('has its secrets for itself: no layer, log, event, key, error or command line has them', async () => {
    const value = `geheim-${process.pid}-value`;
    const context = kit.context({
      Dockerfile: `FROM BASE
RUN --mount=type=secret,id=a --mount=type=secret,id=b,env=B,target=/b <<EOF
[ "$(cat /run/secrets/a)" = "$B" ]
[ "$(cat /b)" = "$B" ]
echo made >/made
sleep 2
EOF
RUN --mount=type=secret,id=a,mode=0400,uid=1000 false
`,
    });
    const machine = kit.machine();
    const file = path.join(mkdtempSync(path.join(kit.root, 'secret-')), 'a');
    writeFileSync(file, value);
    chmodSync(file, 0o600);
    const running = machine.coracle(
      ['build', '--progress=plain', '--secret', `id=a,src=${file}`, '--secret', 'id=b,env=B', context],
      { B: value },
    );
    const state = { over: false };
    void running.finally(() => (state.over = true));
    const seen: string[] = [];
    while (!state.over) {
      const { stdout } = await tryCall([
        'sh',
        '-c',
        `grep -laF ${value.slice(0, -3)}''${value.slice(-3)} /proc/[0-9]*/cmdline 2>/dev/null`,
      ]);
      seen.push(...stdout.split('\n').filter((line) => line !== '' && !isOurs(line, value)));
      await sleep(50);
    }
    const exit = await running;
    expect(exit.stderr).toContain('[RUN_FAILED]');
    expect(`${exit.stdout}${exit.stderr}`).not.toContain(value);
    expect(seen).toEqual([]);
    const found = await call(['sh', '-c', 'grep -rlF "$0" "$1" || true', value, machine.home]);
    expect(found.stdout).toBe('');
    // Another value is the same step.
    writeFileSync(file, `${value}-other`);
    const again = await machine.coracle(
      ['build', '--progress=plain', '--secret', `id=a,src=${file}`, '--secret', 'id=b,env=B', context],
      { B: `${value}-other` },
    );
    expect(again.stderr).toMatch(/#\d+ CACHED/);
  });
});

/** The search itself has what it looks for in its own command line. */
function isOurs(file: string, value: string): boolean {
  try {
    return (
      readFileSync(file, 'utf8').startsWith('grep') || readFileSync(file, 'utf8').startsWith('sh\0-c\0grep')
    );
  } catch {
    return !value.startsWith('geheim'); // gone: a process as short-lived as the search
  }
}

describeWith([...kitNeeds, isRoot], 'a small disk', () => {
  it('that a step fills ends the build, nothing half-written is kept, and the next build works', async () => {
    const kit = await openKit();
    try {
      const place = mkdtempSync(path.join(kit.root, 'small-'));
      const dockerfiles = {
        step: 'FROM BASE\nRUN head -c 200000000 /dev/zero >/large\n',
        quiet: 'FROM BASE\nRUN head -c 200000000 /dev/zero >/large || true\n',
        file: 'FROM BASE\nCOPY large /\n',
        good: 'FROM BASE\nRUN echo small >/small\n',
      };
      const contexts = Object.entries(dockerfiles).map(
        ([name, Dockerfile]) => [name, kit.context({ Dockerfile })] as const,
      );
      await call(['sh', '-c', 'head -c 60000000 /dev/urandom >"$0/large"', contexts[2]?.[1] ?? '']);
      const script = `mount -t tmpfs -o size=30m none "$0"; for c in ${contexts.map(([, context]) => context).join(' ')}; do
        "$1" build --progress plain "$c" 2>&1; echo "exit $?"; find "$0/home/tmp" "$0/home/store/tmp" "$0/home/store/leases" -mindepth 1; df --output=pcent "$0" | tail -n 1; done`;
      const { stdout } = await tryCall(['unshare', '--mount', 'sh', '-c', script, place, program], {
        env: { CORACLE_HOME: path.join(place, 'home') },
      });
      const parts = stdout.split(/^exit /m);
      expect(parts.map((part) => /^\d+/.exec(part)?.[0])).toEqual([undefined, '3', '3', '3', '0']);
      for (const part of parts.slice(0, 3)) expect(part).toContain('[DISK_FULL]');
      // Nothing but the percentage stands behind each exit code: no file of the failed build is left.
      for (const part of parts.slice(1)) expect(part).toMatch(/^\d+\n +\d+%\n/);
    } finally {
      await kit.stop();
    }
  });
});
