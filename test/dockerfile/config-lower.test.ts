import { describe, expect, test } from 'vitest';
import { containing } from '../support/containing.ts';
import { historyOf, lowered } from './lowering.ts';
import type { World } from './lowering.ts';

const configOf = async (text: string, world: World = {}): Promise<object> =>
  (await lowered(text, {}, world)).config;
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

describe('what a stage begins with', () => {
  test('scratch has a PATH and a working directory', async () => {
    expect(await configOf('FROM scratch\n')).toEqual({ Env: [path], WorkingDir: '/' });
  });

  test('a base without a PATH gets one behind its own variables', async () => {
    expect(await configOf('FROM base\n', { images: { base: { Env: ['A=1'] } } })).toEqual({
      Env: ['A=1', path],
    });
  });

  test('what a base says is kept, but not what is nothing or unknown', async () => {
    const base = asConfig(
      `{"Env":["PATH=/p"],"User":"u","WorkingDir":"/w/","Labels":null,"Volumes":{"/v":{}},"ExposedPorts":{"1/tcp":{}},"Entrypoint":null,
        "Cmd":[],"OnBuild":null,"Hostname":"h","Image":"sha256:x","ArgsEscaped":false,"StopSignal":"SIGINT","Shell":["/s"],"Healthcheck":{"Test":["NONE"]}}`,
    );
    expect(await configOf('FROM base\n', { images: { base } })).toEqual({
      Env: ['PATH=/p'],
      User: 'u',
      WorkingDir: '/w/',
      Volumes: { '/v': {} },
      ExposedPorts: { '1/tcp': {} },
      StopSignal: 'SIGINT',
      Shell: ['/s'],
      Healthcheck: { Test: ['NONE'] },
    });
  });

  test('the base’s history and author come before ours', async () => {
    const image = { author: 'them', history: [{ created_by: 'theirs' }] };
    const result = await lowered('FROM base\nRUN ours\n', {}, { images: { base: { image } } });
    expect(result).toMatchObject({ author: 'them', baseHistory: [{ created_by: 'theirs' }] });
    expect(result.history).toHaveLength(1);
    expect((await lowered('FROM base\nMAINTAINER us\n', {}, { images: { base: { image } } })).author).toBe(
      'us',
    );
  });
});

/** A config as a registry sends it. */
function asConfig(json: string): object {
  const value: unknown = JSON.parse(json);
  return typeof value === 'object' && value !== null ? value : {};
}

/** What each instruction does to the config, and what the history says; BuildKit 0.25 gives the same. */
const table: readonly (readonly [instructions: string, config: object, history: readonly string[]])[] = [
  ['ENV A=b C="d e"', { Env: [path, 'A=b', 'C=d e'] }, ['ENV A=b C=d e']],
  ['ENV A b  "c"', { Env: [path, 'A=b  c'] }, ['ENV A=b  c']],
  ['ENV A=1\nENV A=2 B=$A C=${A}x', { Env: [path, 'A=2', 'B=1', 'C=1x'] }, ['ENV A=1', 'ENV A=2 B=1 C=1x']],
  ['ENV N=X\nENV $N=1', { Env: [path, 'N=X', 'X=1'] }, ['ENV N=X', 'ENV X=1']],
  ['ENV PATH=$PATH:/x', { Env: [`${path}:/x`] }, [`ENV ${path}:/x`]],
  ['LABEL a=b "c d"="e f"', { Labels: { a: 'b', 'c d': 'e f' } }, ['LABEL a=b c d=e f']],
  ['ENV V=1\nLABEL v=$V', { Env: [path, 'V=1'], Labels: { v: '1' } }, ['ENV V=1', 'LABEL v=1']],
  ['EXPOSE 80', { ExposedPorts: { '80/tcp': {} } }, ['EXPOSE [80/tcp]']],
  [
    'EXPOSE 9/udp 7000-7002 53/UDP 1:2',
    {
      ExposedPorts: {
        '2/tcp': {},
        '53/udp': {},
        '7000/tcp': {},
        '7001/tcp': {},
        '7002/tcp': {},
        '9/udp': {},
      },
    },
    ['EXPOSE [2/tcp 53/udp 7000/tcp 7001/tcp 7002/tcp 9/udp]'],
  ],
  [
    'ARG P="80 81/udp"\nEXPOSE $P',
    { ExposedPorts: { '80/tcp': {}, '81/udp': {} } },
    ['ARG P=80 81/udp', 'EXPOSE [80/tcp 81/udp]'],
  ],
  [
    'EXPOSE 127.0.0.1:8080:80 [::1]:1:2',
    { ExposedPorts: { '80/tcp': {}, '2/tcp': {} } },
    ['EXPOSE [80/tcp 2/tcp]'],
  ],
  ['VOLUME /a /b', { Volumes: { '/a': {}, '/b': {} } }, ['VOLUME [/a /b]']],
  ['VOLUME ["/a", "/b c"]', { Volumes: { '/a': {}, '/b c': {} } }, ['VOLUME [/a /b c]']],
  ['ENV D=/d\nVOLUME $D/x', { Env: [path, 'D=/d'], Volumes: { '/d/x': {} } }, ['ENV D=/d', 'VOLUME [/d/x]']],
  ['USER me:us', { User: 'me:us' }, ['USER me:us']],
  ['ARG U=me\nUSER ${U:-you}', { User: 'me' }, ['ARG U=me', 'USER me']],
  ['USER a\nUSER ""', {}, ['USER a', 'USER ']],
  ['STOPSIGNAL SIGTERM', { StopSignal: 'SIGTERM' }, ['STOPSIGNAL SIGTERM']],
  ['STOPSIGNAL rtmin+3', { StopSignal: 'rtmin+3' }, ['STOPSIGNAL rtmin+3']],
  ['STOPSIGNAL 9', { StopSignal: '9' }, ['STOPSIGNAL 9']],
  [
    'CMD echo "$A"',
    { Cmd: ['/bin/sh', '-c', 'echo "$A"'], ArgsEscaped: true },
    [String.raw`CMD ["/bin/sh" "-c" "echo \"$A\""]`],
  ],
  ['CMD ["echo", "$A"]', { Cmd: ['echo', '$A'], ArgsEscaped: true }, ['CMD ["echo" "$A"]']],
  ['CMD []', { ArgsEscaped: true }, ['CMD []']],
  [
    'ENTRYPOINT exec x',
    { Entrypoint: ['/bin/sh', '-c', 'exec x'] },
    ['ENTRYPOINT ["/bin/sh" "-c" "exec x"]'],
  ],
  ['ENTRYPOINT ["x"]', { Entrypoint: ['x'] }, ['ENTRYPOINT ["x"]']],
  ['ENTRYPOINT ["x"]\nENTRYPOINT []', {}, ['ENTRYPOINT ["x"]', 'ENTRYPOINT []']],
  [
    'SHELL ["/bin/bash", "-c"]\nCMD a',
    { Shell: ['/bin/bash', '-c'], Cmd: ['/bin/bash', '-c', 'a'], ArgsEscaped: true },
    ['SHELL [/bin/bash -c]', 'CMD ["/bin/bash" "-c" "a"]'],
  ],
  [
    'CMD ["c"]\nENTRYPOINT ["e"]',
    { Cmd: ['c'], Entrypoint: ['e'], ArgsEscaped: true },
    ['CMD ["c"]', 'ENTRYPOINT ["e"]'],
  ],
  [
    'HEALTHCHECK NONE',
    { Healthcheck: { Test: ['NONE'] } },
    [String.raw`HEALTHCHECK &{["NONE"] "0s" "0s" "0s" "0s" '\x00'}`],
  ],
  [
    'HEALTHCHECK --interval=1m30s --timeout=300ms --start-period=1h --start-interval=1.5s --retries=3 CMD curl "x"',
    {
      Healthcheck: {
        Test: ['CMD-SHELL', 'curl "x"'],
        Interval: 90e9,
        Timeout: 300e6,
        StartPeriod: 3600e9,
        StartInterval: 1.5e9,
        Retries: 3,
      },
    },
    [String.raw`HEALTHCHECK &{["CMD-SHELL" "curl \"x\""] "1m30s" "300ms" "1h0m0s" "1.5s" '\x03'}`],
  ],
  [
    'HEALTHCHECK --retries=39 CMD ["a", "$b"]',
    { Healthcheck: { Test: ['CMD', 'a', '$b'], Retries: 39 } },
    [String.raw`HEALTHCHECK &{["CMD" "a" "$b"] "0s" "0s" "0s" "0s" '\''}`],
  ],
  ['ONBUILD RUN x\nONBUILD COPY $A .', { OnBuild: ['RUN x', 'COPY $A .'] }, []],
  ['MAINTAINER a <b@c> $D', {}, ['MAINTAINER a <b@c> $D']],
  ['WORKDIR /', {}, ['WORKDIR /']],
];

test.each(table)('%s', async (instructions, config, history) => {
  const result = await lowered(`FROM scratch\n${instructions}\n`);
  expect(result.config).toEqual({ Env: [path], WorkingDir: '/', ...config });
  expect(historyOf(result)).toEqual(history);
  expect(result.history.every(({ empty }) => empty)).toBe(true);
});

describe('ENTRYPOINT', () => {
  test('takes away the CMD of the base, and of a stage before', async () => {
    expect(await configOf('FROM alpine\nENTRYPOINT ["e"]\n')).not.toHaveProperty('Cmd');
    expect(await configOf('FROM alpine AS a\nCMD ["c"]\nFROM a\nENTRYPOINT ["e"]\n')).not.toHaveProperty(
      'Cmd',
    );
  });

  test('leaves a CMD that the stage itself said before', async () => {
    expect(await configOf('FROM alpine\nCMD ["c"]\nENTRYPOINT ["e"]\n')).toMatchObject({ Cmd: ['c'] });
  });
});

test('labels of the command line come last and count more', async () => {
  const { config } = await lowered('FROM scratch\nLABEL b=1 a=1\n', { labels: { c: '3', a: '2' } });
  expect(Object.entries(config.Labels ?? {})).toEqual([
    ['b', '1'],
    ['a', '2'],
    ['c', '3'],
  ]);
});

test.each([
  ['EXPOSE 80/foo', 'not a protocol'],
  ['EXPOSE 65536', 'not a port'],
  ['EXPOSE 9-8', 'not a port'],
  ['EXPOSE a', 'not a port'],
  ['EXPOSE /tcp', 'not a port'],
  ['EXPOSE 1-2:3-5', 'not equally long'],
  ['EXPOSE nohost:1:2', 'not an IP address'],
  ['VOLUME $none', 'needs a path'],
  ['STOPSIGNAL 0', 'not a signal'],
  ['STOPSIGNAL SIGTREM', 'not a signal'],
  ['ENV $none=1', 'needs a name'],
  ['ENV A=${none:?say so}', ''],
  ['USER "x', ''],
])('%s is an error at its place', async (instruction, message) => {
  await expect(lowered(`FROM alpine\n\n${instruction}\n`)).rejects.toMatchObject({
    code: 'DOCKERFILE_INVALID',
    message: containing(message),
    where: { file: 'Dockerfile', line: 3 },
  });
});

test('a slip in a signal is noticed', async () => {
  await expect(lowered('FROM alpine\nSTOPSIGNAL SIGTREM\n')).rejects.toMatchObject({
    hint: 'Did you mean SIGTERM?',
  });
});
