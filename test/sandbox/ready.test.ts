import { describe, expect, it } from 'vitest';
import { ToolError } from '../../src/core/errors.ts';
import { builtinSandbox, unshareCommand } from '../../src/sandbox/builtin.ts';
import { describeWith, isRoot } from '../components/program.ts';
import { testCtx } from '../support/ctx.ts';

const refusal = async (): Promise<void> => {
  throw new ToolError('SANDBOX_UNAVAILABLE', 'refused');
};

describe('an init that does not come to life', () => {
  it('is found out before anything is done for its process, and says why', async () => {
    const ctx = testCtx();
    const surroundings = { unshare: ['/bin/false'], userNamespace: false, lacks: [] };
    const sandbox = builtinSandbox(surroundings, refusal);
    sandbox.prepare(ctx);
    await expect(sandbox.ready?.()).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    await sandbox.close();
  });
});

describeWith([isRoot], 'an init that comes to life', () => {
  it('is ready for all who wait for it', async () => {
    const ctx = testCtx();
    const unshare = await unshareCommand(ctx);
    const sandbox = builtinSandbox({ unshare, userNamespace: false, lacks: [] }, refusal);
    sandbox.prepare(ctx);
    await Promise.all([sandbox.ready?.(), sandbox.ready?.()]);
    await sandbox.close();
  });
});
