import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isToolError } from '../../../src/core/errors.ts';
import { parseFacts } from '../../../src/deploy/host/facts.ts';
import { journalLine, parseJournal } from '../../../src/deploy/host/journal.ts';
import { parseReleases } from '../../../src/deploy/host/prune.ts';
import { parseHolder, parseState } from '../../../src/deploy/host/state.ts';

const facts = `runtime docker
rootless false
version 27.0.3
platform linux/amd64
freeKiB 1000
memoryKiB 2000
cpus 2
boot 9a39e478-c29c-442a-9252-7ebe593b1fb3
clock 1795310155613000000
directory /var/lib/coracle
os Debian GNU/Linux 12 (bookworm)
`;
const asked = { from: 1_795_310_155_000, to: 1_795_310_155_226 };

test('facts are read, and the clock is held against the middle of the question', () => {
  expect(parseFacts('h1', facts, asked)).toEqual({
    ...{ runtime: 'docker', rootless: false, runtimeVersion: '27.0.3', platform: 'linux/amd64' },
    ...{ freeBytes: 1_024_000, memory: 2_048_000, cpus: 2, clockAhead: 500 },
    boot: '9a39e478-c29c-442a-9252-7ebe593b1fb3',
    ...{ directory: '/var/lib/coracle', os: 'Debian GNU/Linux 12 (bookworm)' },
  });
  const busybox = facts.replace('1795310155613000000', '1795310155');
  expect(parseFacts('h1', busybox, asked).clockAhead).toBe(-113);
});

test('a host that lies about itself is unfit, not believed', () => {
  for (const [form, lie] of [
    ['/var/lib/coracle', 'somewhere'],
    ['linux/amd64', 'linux/amd64; rm -rf /'],
    ['27.0.3', '\u001B[2J'],
    ['cpus 2', 'cpus many'],
    ['runtime docker', 'runtime nothing'],
  ] as const) {
    expect(() => parseFacts('h1', facts.replace(form, lie), asked)).toThrow(/h1 does not say its/);
  }
  expect(parseFacts('h1', facts.replace('Debian', '\u001B[31mDebian'), asked).os).toBe(
    '[31mDebian GNU/Linux 12 (bookworm)',
  );
});

const release = JSON.stringify({
  ...{ id: 'x', service: 'x', image: `sha256:${'b'.repeat(64)}`, version: 'v2', by: 'ana', at: 5 },
});

test('a state is read with its releases, and what is left of a pending one', () => {
  const text = `current r1 a 20001 true ${release}
previous r0 b 20000 false {}
pending r2 b 20002 true ${release}
left 7
prepared
stray api-r9
lock {"by":"bob","what":"rollback","since":3}
`;
  const state = parseState('h1', 'api', text);
  expect(state.current).toEqual({
    release: { id: 'r1', service: 'api', image: `sha256:${'b'.repeat(64)}`, version: 'v2', by: 'ana', at: 5 },
    ...{ slot: 'a', port: 20_001, container: 'api-r1', running: true },
  });
  expect(state.previous?.release).toMatchObject({ id: 'r0', version: 'r0', by: 'unknown' });
  expect(state.pending).toMatchObject({ armed: true, left: 7000, prepared: true, slot: 'b' });
  expect(state.strays).toEqual(['api-r9']);
  expect(state.lock).toEqual({ by: 'bob', what: 'rollback', since: 3 });
  for (const record of ['starting', 'pending'])
    expect(parseState('h1', 'api', `${record} r2 b 20002 true {}\n`).pending).toMatchObject({ armed: false });
});

test('a damaged state is said to be damaged', () => {
  for (const text of [
    'current r1 c 20001 true {}',
    'current r1 a 99999 true {}',
    'current r;1 a 20001 true {}',
  ]) {
    expect(() => parseState('h1', 'api', text)).toThrow(/h1: its records/);
  }
});

test('whatever a host answers, it is read or refused', () => {
  const words = [
    'current',
    'pending',
    'left',
    'lock',
    'stray',
    'a',
    '20001',
    'true',
    '{"by":',
    '{}',
    '\n',
    ' ',
  ];
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words)).map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(text, (said) => {
      for (const read of [
        () => parseState('h1', 'api', said),
        () => parseFacts('h1', said, asked),
        () => parseJournal(said),
        () => parseHolder(said),
        () => parseReleases(said),
      ]) {
        try {
          read();
        } catch (error) {
          expect(isToolError(error, 'HOST_UNFIT')).toBe(true);
        }
      }
    }),
  );
});

test('a journal is read without the lines that are none', () => {
  const line = `{"at":"2026-11-22T01:00:00Z",${journalLine({ by: 'ana', what: 'deploy', verdict: 'pass' }).slice(1)}`;
  expect(parseJournal(`${line}\n{"at":"2026-11\n${line}\n{"at":"x","by":"y","what":"nonsense"}\n`)).toEqual([
    { at: '2026-11-22T01:00:00Z', by: 'ana', what: 'deploy', verdict: 'pass' },
    { at: '2026-11-22T01:00:00Z', by: 'ana', what: 'deploy', verdict: 'pass' },
  ]);
  expect(journalLine({ by: 'ana', what: 'deploy', evidence: 'x'.repeat(9000) }).length).toBeLessThan(2000);
});
