import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Exit } from '../../../src/core/exec.ts';
import { failedRelease } from '../../../src/deploy/look/failed.ts';
import { showLogs } from '../../../src/deploy/look/logs/logs.ts';
import type { LogsRequest, ReadLine } from '../../../src/deploy/look/logs/select.ts';
import { watchStats, type FleetStats } from '../../../src/deploy/look/stats/stats.ts';
import { pruneHosts } from '../../../src/deploy/tidy/prune.ts';
import { lookBeforeDown, takeDown } from '../../../src/deploy/tidy/down.ts';
import { cleanEnv, coracle, main } from '../../cli/run.ts';
import { hasHosts } from '../../components/hosts.ts';
import { findProgram, tryCall } from '../../components/program.ts';
import { tempDir } from '../../support/ctx.ts';
import { fleetCtx, startServiceFleet, type ServiceFleet } from './fleet.ts';

const why = hasHosts();
const first = '20261122-000001-1a2b3c4';
const second = '20261122-000002-9f9f9f9';
const failing = '20261122-000003-5e5e5e5';

/** Writes so many lines quickly, and then one now and again. */
const program = (lines: number): string =>
  `for i in $(seq 1 ${lines}); do echo "{\\"level\\":\\"info\\",\\"msg\\":\\"line $i\\"}"; done; echo 'level=error msg="it broke"' >&2; while sleep 0.2; do i=$((i+1)); echo "tick $i"; done`;

describe.skipIf(why !== undefined)('a fleet of Docker and of rootless Podman', () => {
  let fleet: ServiceFleet;
  beforeAll(async () => {
    fleet = await startServiceFleet([
      { engine: 'docker', user: 'deployer' },
      { engine: 'podman', user: 'deployer' },
    ]);
    await Promise.all([0, 1].map(async (host) => fleet.release(host, first, program(40))));
  });
  afterAll(async () => fleet.stop());

  const read = async (
    request: Partial<LogsRequest & { follow: boolean }>,
    each: (lines: readonly ReadLine[], said: readonly string[]) => boolean = () => true,
  ): Promise<{ lines: ReadLine[]; said: string[] }> => {
    const lines: ReadLine[] = [];
    const said: string[] = [];
    await showLogs(
      fleetCtx(),
      fleet.settings,
      fleet.options,
      { whose: { of: 'releases' }, tail: undefined, follow: false, ...request },
      {
        lines: (more) => {
          lines.push(...more);
          return Promise.resolve(each(lines, said));
        },
        remark: (text) => Promise.resolve(void said.push(text)),
      },
    );
    return { lines, said };
  };
  const onHost = async (index: number, script: string): Promise<Exit> => {
    const host = fleet.hosts.hosts[index];
    if (!host) throw new Error('there is no such host');
    return host.exec(['sh', '-c', script]);
  };
  const cli = async (args: readonly string[], input?: string): Promise<Exit> => {
    const home = tempDir();
    const file = path.join(home, 'coracle.yaml');
    writeFileSync(file, 'name: api\ndeploy: {hosts: [h1, h2], proxy: none}\nenvironments: {test: {}}\n');
    const [verb = '', ...rest] = args;
    const where = ['--config', file, '--ssh-config', fleet.hosts.configFile];
    return coracle([verb, 'test', ...where, ...rest], {
      env: cleanEnv(home),
      cwd: home,
      ...(input === undefined ? {} : { input }),
    });
  };

  test('logs of both hosts come merged by time; the last lines are those of both together', async () => {
    const { lines } = await read({ release: '1a2b3c4' });
    // A program's two outputs are copied apart from each other: between them there is no order to the microsecond.
    const times = lines.filter(({ entry }) => entry.level !== 'error').map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const host of ['h1', 'h2']) {
      const own = lines.filter(({ line }) => line.host === host).map(({ entry }) => entry.message);
      expect(own.filter((text) => text.startsWith('line '))).toEqual(
        Array.from({ length: 40 }, (_, index) => `line ${index + 1}`),
      );
    }
    const { lines: last } = await read({ tail: 7 });
    expect(last).toHaveLength(7);
    const { lines: broken } = await read({ level: 'error', tail: 10 });
    expect(broken.map(({ line, entry }) => `${line.host} ${entry.message}`).toSorted()).toEqual([
      'h1 it broke',
      'h2 it broke',
    ]);
    const { lines: found } = await read({ grep: /line 3\d"/u });
    expect(found).toHaveLength(20);
  });

  test('followed logs have the lines of a release that begins, and each line once though the connection is lost; nothing is left on the hosts', async () => {
    let cut = false;
    const deadline = Date.now() + 60_000;
    const { lines, said } = await read({ follow: true, tail: 0 }, (all, remarks) => {
      const hosts = new Set(all.map(({ line }) => line.host));
      if (!cut && hosts.size === 2) {
        cut = true;
        void onHost(0, 'pkill -f "^sshd: deployer"');
        void fleet.release(1, second, 'echo hello from the second; sleep 1000', false);
      }
      const back = remarks.some((text) => text.includes('followed again'));
      const after = all.slice(-20).some(({ line }) => line.host === 'h1');
      const hello = all.some(({ line }) => line.release === second);
      return Date.now() < deadline && !(back && after && hello && all.length > 80);
    });
    expect(said.join('\n')).toMatch(/h1.*lost[\s\S]*h1: followed again/);
    expect(lines.filter(({ line }) => line.release === second).map(({ line }) => line.text)).toEqual([
      'hello from the second',
    ]);
    for (const host of ['h1', 'h2']) {
      const ticks = lines
        .filter(({ line }) => line.host === host && line.release === first)
        .map(({ line }) => Number(line.text.replace('tick ', '')));
      const jumps = ticks.flatMap((tick, index) => {
        const before = ticks[index - 1];
        return before === undefined || tick === before + 1 ? [] : [[before, tick]];
      });
      expect(jumps).toEqual([]);
      expect(ticks.length).toBeGreaterThan(3);
    }
    for (const host of [0, 1]) {
      const left = async (): Promise<string> =>
        (await onHost(host, 'pgrep -af "[l]ogs --timestamps"')).stdout;
      while ((await left()) !== '' && Date.now() < deadline + 30_000)
        await new Promise((resolve) => {
          setTimeout(resolve, 200);
        });
      expect(await left()).toBe('');
    }
  });

  test('a command gets its words and its input as they are, and its exit code is ours', async () => {
    const words = ['sh', '-c', 'printf "<%s>" "$@"; cat; exit 7', 'x', "it's", '$HOME\n"`', '', '*'];
    const exit = await cli(['exec', '--', ...words], 'some input');
    expect(exit.stdout).toBe('<it\'s><$HOME\n"`><><*>some input');
    expect(exit.code).toBe(7);
    expect((await onHost(0, 'ls -d /tmp/coracle-*')).stdout).toBe('');
  });

  test('a command on several hosts says which of them says what', async () => {
    const exit = await cli(['exec', '--all', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3']);
    expect(exit.code).toBe(3);
    expect(exit.stdout.split('\n').toSorted()).toEqual(['', 'h1 | out', 'h2 | out']);
    expect(exit.stderr).toContain('h2 | err\n');
  });

  test('a command that the image does not have ends as the runtime says, with a hint', async () => {
    const exit = await cli(['exec', '--', 'bash']);
    expect([126, 127]).toContain(exit.code);
    expect(exit.stderr).toContain('no such shell');
  });

  test.skipIf(findProgram('script') === undefined)(
    'a command has a terminal when we have one',
    async () => {
      const home = tempDir();
      const file = path.join(home, 'coracle.yaml');
      writeFileSync(file, 'name: api\ndeploy: {hosts: [h1], proxy: none}\nenvironments: {test: {}}\n');
      const line = `"$NODE" "$MAIN" exec test --config ${file} --ssh-config ${fleet.hosts.configFile} -- tty`;
      const { stdout, code } = await tryCall([findProgram('script') ?? '', '-qefc', line, '/dev/null'], {
        env: { ...cleanEnv(home, { TERM: 'xterm' }), NODE: process.execPath, MAIN: main },
      });
      expect(stdout).toMatch(/\/dev\/(?:pts\/\d+|console)/);
      expect(code).toBe(0);
    },
    60_000,
  );

  test('figures of both runtimes', async () => {
    const seen: FleetStats[] = [];
    await watchStats(fleetCtx(), fleet.settings, fleet.options, true, (stats) => {
      seen.push(stats);
      return Promise.resolve(true);
    });
    expect(seen).toHaveLength(1);
    for (const host of seen[0]?.hosts ?? []) {
      const current = host.releases.find(({ role }) => role === 'current');
      expect(current?.release).toBe(first);
      expect(current?.memory).toBeGreaterThan(0);
      expect(current?.cpu).toBeGreaterThanOrEqual(0);
    }
  });

  test('what failed on a host can be looked at, and goes with the old releases', async () => {
    const opened = await fleet.open();
    await opened.hosts[1]?.agent.revert('trying');
    await opened.close();
    const kept = await failedRelease(fleetCtx(), fleet.settings, fleet.options, '9f9f9f9');
    expect(kept.map(({ host, log }) => [host, log.trim()])).toEqual([['h2', 'hello from the second']]);
    await expect(failedRelease(fleetCtx(), fleet.settings, fleet.options, failing)).rejects.toMatchObject({
      code: 'RELEASE_UNKNOWN',
      hint: `Kept are ${second}.`,
    });
    const pruned = await pruneHosts(fleetCtx(), fleet.settings, fleet.options, { releases: 1 }, false);
    expect(pruned.flatMap(({ releases }) => releases).map(({ release }) => release)).not.toContain(first);
  });

  test('down removes the service and leaves its journal', async () => {
    const ctx = fleetCtx();
    const { fleet: opened, standing } = await lookBeforeDown(ctx, fleet.settings, fleet.options);
    expect(standing.map(({ current }) => current)).toEqual([first, first]);
    const request = { volumes: false, accessories: false };
    const gone = await takeDown(ctx, opened, fleet.settings, request, 'test@here');
    expect(gone.map(({ error }) => error)).toEqual([undefined, undefined]);
    const states = await Promise.all(opened.hosts.map(async ({ agent }) => agent.state()));
    expect(states.map(({ current, strays }) => [current, strays])).toEqual([
      [undefined, []],
      [undefined, []],
    ]);
    const journals = await Promise.all(opened.hosts.map(async ({ agent }) => agent.history()));
    expect(journals.map((entries) => entries.at(-1)?.what)).toEqual(['down', 'down']);
    await opened.close();
  });
});
