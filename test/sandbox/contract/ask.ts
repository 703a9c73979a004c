/** Says what a process of its user finds. argv: `choose` to choose sandboxes; else namespaces are asked for, and entered. */
import { isToolError } from '../../../src/core/errors.ts';
import { chooseSandbox } from '../../../src/sandbox/choose.ts';
import { enterUserNamespace, userNamespace } from '../../../src/sandbox/userns.ts';
import { testCtxWithoutTest } from './plain-ctx.ts';

const ctx = testCtxWithoutTest();

async function named(wanted: 'auto' | 'chroot'): Promise<unknown> {
  try {
    const sandbox = await chooseSandbox(ctx, wanted);
    sandbox.prepare(ctx);
    try {
      await sandbox.ready?.();
      return sandbox.name;
    } finally {
      await sandbox.close();
    }
  } catch (error) {
    if (isToolError(error)) return { code: error.code, message: error.message, hint: error.hint };
    throw error;
  }
}

const say = (what: object): void => void process.stdout.write(JSON.stringify(what));
const before = process.argv[2];
if (before === 'choose') {
  say({ auto: await named('auto'), chroot: await named('chroot') });
} else {
  const found = await userNamespace(ctx);
  if (before === undefined && found.kind === 'enter') {
    const own = [process.execPath, ...process.execArgv, ...process.argv.slice(1), JSON.stringify(found)];
    const { file, argv, env } = enterUserNamespace(found, own, process.env);
    process.execve?.(file, argv, env);
  }
  const outside: unknown = before === undefined ? found : JSON.parse(before);
  say({ found: outside, inside: found, marker: process.env['CORACLE_USERNS'] });
}
