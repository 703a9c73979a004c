import type { ExecOp } from '../../../src/solve/graph.ts';

/** What `RUN script` is lowered to. */
export function execOp(script: string, over: Partial<ExecOp> = {}): ExecOp {
  return {
    kind: 'exec',
    argv: ['/bin/sh', '-c', script],
    env: ['PATH=/bin'],
    unkeyedEnv: [],
    cwd: '/',
    user: '',
    mounts: [],
    network: 'host',
    privileged: false,
    ulimits: [],
    addHosts: [],
    hostname: 'buildkitsandbox',
    platform: { os: 'linux', architecture: 'amd64' },
    where: { file: 'Dockerfile', line: 2, text: 'FROM x\nRUN y\n' },
    ...over,
  };
}
