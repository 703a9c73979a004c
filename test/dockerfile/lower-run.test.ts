import { describe, expect, test } from 'vitest';
import { containing } from '../support/containing.ts';
import { historyOf, lowered, namesOf, opsOf, runOf } from './lowering.ts';

describe('the command', () => {
  test.each([
    ['RUN echo "$A" `b`', ['/bin/sh', '-c', 'echo "$A" `b`']],
    ['RUN ["echo", "$A"]', ['echo', '$A']],
    ['SHELL ["/bin/bash", "-c"]\nRUN x', ['/bin/bash', '-c', 'x']],
    ['SHELL ["/bin/bash", "-c"]\nRUN ["x"]', ['x']],
    ['RUN a && \\\n  # comment\n  b', ['/bin/sh', '-c', 'a &&   b']],
    ['RUN <<EOF\na $A\nb\nEOF', ['/bin/sh', '-c', 'a $A\nb\n']],
    ["RUN <<'EOF'\na\nEOF", ['/bin/sh', '-c', 'a\n']],
    ['RUN <<-EOF\n\ta\n\t\tb\n\tEOF', ['/bin/sh', '-c', 'a\nb\n']],
    ['RUN cat <<A <<B >c\n1\nA\n2\nB', ['/bin/sh', '-c', 'cat <<A <<B >c\n1\nA\n2\nB']],
    ['RUN cat <<-A\n\t1\nA', ['/bin/sh', '-c', 'cat <<-A\n\t1\nA']],
  ])('%s', async (instructions, argv) => {
    expect((await runOf(`FROM alpine\n${instructions}\n`)).argv).toEqual(argv);
    const result = await lowered(`FROM alpine\n${instructions}\n`);
    expect(historyOf(result).at(-1)).toBe(`RUN ${argv.join(' ')} # buildkit`);
    expect(result.history.at(-1)?.empty).toBe(false);
  });

  test('a heredoc that names its interpreter is a file that the shell runs', async () => {
    const result = await lowered('FROM alpine\nRUN <<-PY\n\t#!/usr/bin/python\n\tprint(1)\n\tPY\n');
    const [run] = opsOf(result, 'exec');
    expect(run?.argv).toEqual(['/bin/sh', '-c', '/dev/pipes/PY']);
    expect(run?.mounts).toEqual([
      { type: 'bind', target: '/dev/pipes', input: 1, source: '/', readOnly: true },
    ]);
    expect(opsOf(result, 'copy')).toEqual([
      {
        kind: 'copy',
        link: false,
        actions: [
          {
            kind: 'inline',
            name: 'PY',
            dest: '/PY',
            mode: '0755',
            bytes: Buffer.from('#!/usr/bin/python\nprint(1)\n'),
          },
        ],
      },
    ]);
  });

  test('an empty list runs nothing', async () => {
    await expect(lowered('FROM alpine\nRUN []\n')).rejects.toMatchObject({
      code: 'DOCKERFILE_INVALID',
      where: { line: 2 },
    });
  });
});

test('the process stands where WORKDIR, USER and the options say', async () => {
  const op = await runOf(
    'FROM alpine\nWORKDIR /a/\nWORKDIR b\nUSER u:g\nRUN --network=none --security=insecure x\n',
    {
      addHosts: [{ name: 'h', address: '1.2.3.4' }],
      shmSize: 5,
      ulimits: [{ name: 'nofile', soft: 1, hard: 2 }],
      buildArgs: { BUILDKIT_SANDBOX_HOSTNAME: 'me' },
    },
  );
  expect(op).toMatchObject({
    cwd: '/a/b',
    user: 'u:g',
    network: 'none',
    privileged: true,
    addHosts: [{ name: 'h', address: '1.2.3.4' }],
    shmSize: 5,
    ulimits: [{ name: 'nofile', soft: 1, hard: 2 }],
    hostname: 'me',
    platform: { os: 'linux', architecture: 'amd64' },
    where: { file: 'Dockerfile', line: 5 },
  });
  expect(await runOf('FROM alpine\nRUN x\n')).toMatchObject({
    cwd: '/',
    user: '',
    network: 'host',
    privileged: false,
    hostname: 'buildkitsandbox',
    mounts: [],
  });
});

test.each([
  ['default', '', 'host'],
  ['host', '', 'host'],
  ['none', '', 'none'],
  ['none', '--network=default', 'none'],
  ['none', '--network=host', 'host'],
  ['host', '--network=none', 'none'],
] as const)('network %s and %j is %s', async (network, option, expected) => {
  expect((await runOf(`FROM alpine\nRUN ${option} x\n`, { network })).network).toBe(expected);
});

test('its name shows variables, but not what is secret or unset', async () => {
  const result = await lowered(
    'FROM alpine\nENV A=1 S=2\nrun --mount=type=secret,id=s,env=S echo "$A" $none $S\nRUN <<EOF\nfirst\nsecond\nEOF\nRUN it\'s\n',
  );
  expect(namesOf(result).slice(1)).toEqual([
    '[2/4] RUN --mount=type=secret,id=s,env=S echo "1" $none ****',
    '[3/4] RUN <<EOF (first...)',
    "[4/4] RUN it's",
  ]);
});

/** Mounts of a RUN in /w, in the Dockerfile reference's words. */
const mountsOf = async (options: string, before = ''): Promise<object> => {
  const { mounts } = await runOf(`FROM alpine\nWORKDIR /w\nENV V=val\n${before}\nRUN ${options} x\n`);
  return mounts;
};

const file = { uid: 0, gid: 0 };

describe('mounts', () => {
  test.each([
    ['target=/m', { type: 'bind', target: '/m', input: 1, source: '/', readOnly: true }],
    ['type=bind,target=sub/,rw', { type: 'bind', target: '/w/sub', input: 1, source: '/', readOnly: false }],
    ['type=bind', { type: 'bind', target: '/w', input: 1, source: '/', readOnly: true }],
    [
      'source=a/../b,dst=/m,ro=false',
      { type: 'bind', target: '/m', input: 1, source: '/b', readOnly: false },
    ],
    ['src=$V,target=/$V', { type: 'bind', target: '/val', input: 1, source: '/val', readOnly: true }],
    [
      'type=cache,target=/c/',
      { type: 'cache', target: '/c', id: '/c/', sharing: 'shared', source: '/', readOnly: false },
    ],
    [
      'type=cache,target=c,id=${V}x,sharing=locked,ro',
      { type: 'cache', target: '/w/c', id: 'valx', sharing: 'locked', source: '/', readOnly: true },
    ],
    [
      'type=cache,target=/c,uid=5',
      {
        type: 'cache',
        target: '/c',
        id: '/c',
        sharing: 'shared',
        source: '/',
        readOnly: false,
        mode: 0o755,
        uid: 5,
        gid: 0,
      },
    ],
    [
      'type=cache,target=/c,mode=0700,gid=7,sharing=private,from=alpine,source=/s',
      { type: 'cache', target: '/c', id: '/c', sharing: 'private', input: 1, source: '/s', readOnly: false },
    ],
    ['type=tmpfs,target=/t', { type: 'tmpfs', target: '/t' }],
    ['type=tmpfs,target=/t,size=64m', { type: 'tmpfs', target: '/t', size: 64 * 1024 ** 2 }],
    ['type=tmpfs,target=/t,size=1.5GiB', { type: 'tmpfs', target: '/t', size: 1.5 * 1024 ** 3 }],
    [
      'type=secret,id=a/b',
      { type: 'secret', id: 'a/b', target: '/run/secrets/b', required: false, mode: 0o400, ...file },
    ],
    [
      'type=secret,target=/k/z',
      { type: 'secret', id: 'z', target: '/k/z', required: false, mode: 0o400, ...file },
    ],
    ['type=secret,id=s,env=S', { type: 'secret', id: 's', env: 'S', required: false, mode: 0o400, ...file }],
    [
      'type=secret,src=s,env=S,dst=k,required,mode=0440,uid=1,gid=2',
      { type: 'secret', id: 's', env: 'S', target: '/k', required: true, mode: 0o440, uid: 1, gid: 2 },
    ],
    [
      'type=secret,id=s,required=$NONE${NONE:-true}',
      { type: 'secret', id: 's', target: '/run/secrets/s', required: true, mode: 0o400, ...file },
    ],
    [
      'type=ssh',
      {
        type: 'ssh',
        id: 'default',
        target: '/run/buildkit/ssh_agent.0',
        required: false,
        mode: 0o600,
        ...file,
      },
    ],
    [
      'type=ssh,id=deploy,target=/agent,required=true,mode=0666',
      { type: 'ssh', id: 'deploy', target: '/agent', required: true, mode: 0o666, ...file },
    ],
  ])('%s', async (options, mount) => {
    expect(await mountsOf(`--mount=${options}`)).toEqual([mount]);
  });

  test('stand in the order of their targets, and inputs are counted once', async () => {
    const text =
      'FROM alpine AS a\nFROM alpine\nRUN --mount=target=/z/y --mount=from=a,target=/z --mount=from=a,target=/b,source=/s x\n';
    const { mounts } = await runOf(text);
    expect(
      mounts.map(({ target, ...mount }) => [target, 'input' in mount ? mount.input : undefined]),
    ).toEqual([
      ['/b', 0],
      ['/z', 0],
      ['/z/y', 1],
    ]);
  });

  test('SSH_AUTH_SOCK names the first agent, unless it is set', async () => {
    const env = async (before: string): Promise<string | undefined> => {
      const op = await runOf(
        `FROM alpine\n${before}\nRUN --mount=type=ssh,target=/z --mount=type=ssh,id=b x\n`,
      );
      return op.env.find((one) => one.startsWith('SSH_AUTH_SOCK='));
    };
    expect(await env('')).toBe('SSH_AUTH_SOCK=/z');
    expect(await env('ENV SSH_AUTH_SOCK=/mine')).toBe('SSH_AUTH_SOCK=/mine');
  });

  test('a namespace keeps builds’ caches apart', async () => {
    const { mounts } = await runOf('FROM alpine\nRUN --mount=type=cache,target=/c x\n', {
      buildArgs: { BUILDKIT_CACHE_MOUNT_NS: 'ns' },
    });
    expect(mounts).toMatchObject([{ id: 'ns//c' }]);
  });

  test.each([
    ['target=/', 'whole root'],
    ['type=cache,target=/a/..', 'whole root'],
    ['type=tmpfs,target=/t,size=$V', 'size=val'],
    ['type=secret,id=s,required=$V', 'required=val'],
    ['type=secret,id=s,mode=$V', 'mode=val'],
    ['type=cache,target=/c,uid=$V', 'uid=val'],
    ['type=cache,target=/c,sharing=$V', 'sharing=val'],
    ['type=ssh,source=$V', 'no source'],
    ['target=${NONE:?say}', 'NONE: say'],
  ])('%s is an error', async (options, message) => {
    await expect(mountsOf(`--mount=${options}`)).rejects.toMatchObject({
      code: 'DOCKERFILE_INVALID',
      message: containing(message),
      where: { line: 5 },
    });
  });
});

test('WORKDIR makes what is missing, for the user of its moment', async () => {
  const result = await lowered(
    'FROM alpine\nARG D=q\nWORKDIR a/../b/\nUSER u\nWORKDIR ${D}\nWORKDIR /x//y/.\nWORKDIR ../z\nWORKDIR ""\n',
  );
  expect(opsOf(result, 'copy').map(({ actions: [action] }) => action)).toMatchObject([
    { kind: 'directory', path: '/b' },
    { kind: 'directory', path: '/b/q', owner: 'u' },
    { kind: 'directory', path: '/x/y', owner: 'u' },
    { kind: 'directory', path: '/x/z', owner: 'u' },
    { kind: 'directory', path: '/x/z', owner: 'u' },
  ]);
  expect(historyOf(result)).toEqual([
    'ARG D=q',
    'WORKDIR /b',
    'USER u',
    'WORKDIR /b/q',
    'WORKDIR /x//y/.',
    'WORKDIR /x/z',
    'WORKDIR /x/z',
  ]);
  expect(result.config.WorkingDir).toBe('/x/z');
  expect(namesOf(result)[2]).toBe('[3/6] WORKDIR q');
});
