import { expect, test } from 'vitest';
import {
  accessoryArguments,
  canChangeRestart,
  publishArguments,
  releaseArguments,
  restartPolicy,
} from '../../../src/deploy/host/arguments.ts';
import { clientEnvironment } from '../../../src/deploy/host/environment.ts';
import { settings } from './open-hosts.ts';

const docker = { runtime: 'docker', runtimeVersion: '20.10.24', rootless: false } as const;
const podman = { runtime: 'podman', runtimeVersion: '4.3.1', rootless: true } as const;
const labels = { service: 'api', kind: 'release', release: 'r1' } as const;

test('a release is started with all that keeps it in its place', () => {
  const line = releaseArguments(docker, labels, { ...settings, cpus: 0.5, stopSignal: 'SIGINT' }, []).join(
    ' ',
  );
  for (const words of [
    '--read-only',
    '--tmpfs /tmp:rw,noexec,nosuid,nodev,mode=1777',
    '--cap-drop ALL',
    '--security-opt no-new-privileges',
    '--pids-limit 64',
    '--memory 67108864 --memory-swap 67108864',
    '--cpus 0.5',
    '--log-driver json-file --log-opt max-size=1000000 --log-opt max-file=3',
    '--user 1000:1000',
    '--stop-signal SIGINT',
    '--stop-timeout 1',
    '--label coracle.service=api --label coracle.kind=release --label coracle.release=r1',
  ])
    expect(line).toContain(words);
  expect(releaseArguments(podman, labels, settings, []).join(' ')).toContain(
    '--log-driver k8s-file --log-opt max-size=1000000 --user',
  );
});

test('volumes belong to their service, directories to the host; a comma stays in its name', () => {
  const volumes = [
    { source: 'data', target: '/data', readOnly: false },
    { source: '/srv/a,b"c', target: '/in', readOnly: true },
  ];
  const words = releaseArguments(docker, labels, { ...settings, volumes }, []);
  expect(words).toContain('type=volume,source=api-data,target=/data');
  expect(words).toContain('type=bind,"source=/srv/a,b""c",target=/in,readonly');
});

test('ports are for the host itself, unless they are public', () => {
  const port = { host: 5353, container: 53, protocol: 'udp', public: false } as const;
  expect(publishArguments([port])).toEqual(['--publish', '127.0.0.1:5353:53/udp']);
  expect(publishArguments([{ ...port, public: true }])).toEqual(['--publish', '5353:53/udp']);
});

test('Podman starts at boot what has the policy always, and cannot change it before 5.1', () => {
  expect(restartPolicy(podman, 'unless-stopped')).toBe('always');
  expect(restartPolicy(podman, 'on-failure')).toBe('on-failure');
  expect(restartPolicy(docker, 'unless-stopped')).toBe('unless-stopped');
  expect(canChangeRestart(docker)).toBe(true);
  const versions = ['4.9.3', '5.0.2', '5.1.0', '6.0.0-rc1'].map((runtimeVersion) =>
    canChangeRestart({ ...podman, runtimeVersion }),
  );
  expect(versions).toEqual([false, false, true, true]);
  const accessory = { name: 'cache', image: 'x', ports: [], env: {}, secrets: [], volumes: [] };
  expect(accessoryArguments(podman, 'api', accessory, []).join(' ')).toContain('--restart always');
});

test('what a client or a shell would understand itself goes another way than the rest', () => {
  const { arguments: words, values } = clientEnvironment({
    ...{ TOKEN: 'a\nb', DOCKER_HOST: 'tcp://x', PATH: '/p', lower: 'l', 'a.b': 'c', GOMEMLIMIT: '9' },
  });
  expect(words).toEqual(['--env-file', '/dev/stdin', '--env', 'TOKEN']);
  expect(values).toEqual({
    env_names: 'TOKEN',
    env_file: 'DOCKER_HOST=tcp://x\nPATH=/p\nlower=l\na.b=c\nGOMEMLIMIT=9',
    value_TOKEN: 'a\nb',
  });
  expect(clientEnvironment({}).arguments).toEqual([]);
  expect(() => clientEnvironment({ lower: 'a\nb' })).toThrow(/more than one line/);
  expect(() => clientEnvironment({ 'a b': 'c' })).toThrow(/no name of a variable/);
});
