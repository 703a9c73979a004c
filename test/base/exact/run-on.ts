import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ExactBase } from '../../../src/base/exact/exact.ts';
import { extractTree } from '../../../src/layer/extract.ts';
import { chooseSandbox } from '../../../src/sandbox/choose.ts';
import type { Mount } from '../../../src/sandbox/types.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';

export interface Ran {
  readonly code: number;
  readonly output: string;
}

export interface RunOptions {
  /** Default: the program, which lies at /app/program. */
  readonly argv?: readonly [string, ...string[]];
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  readonly mounts?: readonly Mount[];
}

/** As every runtime of containers brings it. */
const hosts: Mount = {
  ...{ kind: 'file', target: '/etc/hosts', bytes: Buffer.from('127.0.0.1 localhost\n') },
  ...{ mode: 0o644, uid: 0, gid: 0, readOnly: true },
};

/** Runs a program on a base and nothing else, in the builtin sandbox. */
export async function runOn(
  base: Pick<ExactBase, 'entries'>,
  program: string,
  { argv = ['/app/program'], env = [], args = [], mounts = [hosts] }: RunOptions = {},
): Promise<Ran> {
  const ctx = testCtx();
  const place = tempDir();
  const directory = path.join(place, 'root');
  await extractTree(base.entries, directory);
  mkdirSync(path.join(directory, 'app'), { recursive: true });
  copyFileSync(program, path.join(directory, 'app/program'));
  chmodSync(path.join(directory, 'app/program'), 0o755);
  const sandbox = await chooseSandbox(ctx, 'builtin');
  let output = '';
  try {
    const { code } = await sandbox.run(ctx, {
      root: { kind: 'directory', directory },
      argv: [...argv, ...args],
      env: ['PATH=/bin', ...env],
      cwd: '/',
      user: { uid: 0, gid: 0, groups: [] },
      hostname: 'box',
      mounts,
      network: 'host',
      stdio: 'pipe',
      timeout: 60_000,
      onOutput: (_, text) => (output += text),
    });
    return { code, output };
  } finally {
    await sandbox.close();
  }
}
