import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { run, signalNumber, start } from '../../src/core/exec.ts';

test('a started program has the streams it was given, by number', async () => {
  const started = start({
    argv: ['/bin/sh', '-c', 'read x <&3; echo "got $x" >&4; echo "$A" >&1; exit 3'],
    env: { A: 'b' },
    streams: ['ignore', 'pipe', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const [, output, , ask, answer] = started.pipes;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- pipes were asked for
  const [stdout, asking, answering] = [output as Readable, ask as Writable, answer as Readable];
  asking.end('it\n');
  expect(await Promise.all([text(stdout), text(answering), started.exited])).toEqual([
    'b\n',
    'got it\n',
    { code: 3, signal: null },
  ]);
});

test('a started program that is not there is a missing tool', async () => {
  const started = start({ argv: ['/nonexistent'], env: {}, streams: ['ignore'], detached: false });
  await expect(started.exited).rejects.toMatchObject({ code: 'TOOL_MISSING' });
  expect(started.pid).toBeUndefined();
  started.kill('SIGKILL');
});

test('a signal’s end has a code, whichever signal it is', async () => {
  const started = start({
    argv: ['/bin/sleep', '100'],
    env: {},
    streams: ['ignore', 'ignore', 'ignore'],
    detached: true,
  });
  started.kill('SIGUSR1');
  expect(await started.exited).toEqual({ code: 138, signal: 'SIGUSR1' });
  expect([signalNumber('SIGKILL'), signalNumber('SIGTERM'), signalNumber(null)]).toEqual([9, 15, 0]);
  const exit = await run({ argv: ['/bin/sh', '-c', 'kill -XCPU $$'], env: {} }, new AbortController().signal);
  expect([exit.code, exit.signal]).toEqual([152, 'SIGXCPU']);
});
