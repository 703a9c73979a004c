/**
 * The contract of every sandbox, run in a process of its own as one of its users: root, root of a container, an ordinary user with
 * subordinate ids or with none.
 */
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../src/core/exec.ts';
import { describeWith, findProgram, installed, isRoot, type Probe } from '../components/program.ts';
import { as, hasSubordinateIds, homeOf, type Who } from '../run/people.ts';
import { cases, leftOut, type Where } from './contract/cases.ts';

const main = path.join(import.meta.dirname, 'contract/main.ts');

/** What Docker leaves to root in a container: neither namespaces nor mounts. */
const containers = [
  ...[
    '-all',
    '+chown',
    '+dac_override',
    '+fsetid',
    '+fowner',
    '+mknod',
    '+net_raw',
    '+setgid',
    '+setuid',
    '+setfcap',
  ],
  ...['+setpcap', '+net_bind_service', '+sys_chroot', '+kill', '+audit_write'],
];

/** The command line that starts something as root of a default Docker container would be. */
export function asContained(argv: readonly string[]): readonly [string, ...string[]] {
  return [
    findProgram('setpriv') ?? 'setpriv',
    `--bounding-set=${containers.join()}`,
    '--inh-caps=-all',
    ...argv,
  ];
}

const modes = { root: 'root', contained: 'root', subids: 'subids', single: 'single' } as const;

export function contract(
  runtime: Where['runtime'],
  who: Who | 'contained',
  needs: readonly Probe[] = [],
): void {
  const where: Where = { runtime, mode: modes[who], contained: who === 'contained' };
  const own = who === 'subids' ? [hasSubordinateIds] : [];
  const needed = [isRoot, installed('busybox'), installed('unshare'), installed('setpriv'), ...own, ...needs];
  describeWith(needed, `${runtime} as ${who}`, () => {
    let all: Promise<Results> | undefined;
    for (const each of cases) {
      const reason = leftOut(each, where);
      const title = reason === undefined ? each.name : `${each.name} [${reason}]`;
      // oxlint-disable-next-line vitest/valid-title -- the table's
      test.skipIf(reason !== undefined)(title, async () => {
        all ??= runAll(runtime, who);
        const { errors, output } = await all;
        expect(errors.get(each.name) ?? `it was not reached:\n${output}`).toBe('');
      });
    }
  });
}

interface Results {
  /** By the name of the case; empty when it held. */
  readonly errors: ReadonlyMap<string, string>;
  readonly output: string;
}

async function runAll(runtime: Where['runtime'], who: Who | 'contained'): Promise<Results> {
  const program = [process.execPath, '--no-warnings', main, runtime, findProgram('busybox') ?? ''];
  const argv = who === 'contained' ? asContained([...program, 'contained']) : as(who, program);
  const home = homeOf(who === 'contained' ? 'root' : who);
  chmodSync(path.dirname(home), 0o755);
  const exit = await run(
    { argv, env: { PATH: process.env['PATH'], TMPDIR: home } },
    new AbortController().signal,
  );
  const errors = new Map<string, string>();
  for (const line of exit.stdout.split('\n').filter((each) => each.startsWith('{"name"'))) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by contract/main.ts
    const { name, error } = JSON.parse(line) as { name: string; error: string };
    errors.set(name, error);
  }
  return { errors, output: `${exit.stdout}${exit.stderr}` };
}
