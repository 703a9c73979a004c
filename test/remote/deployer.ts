/** A process that connects, holds a lock, runs something that never ends, and says so: to be killed. Arguments: configuration, lock, mark. */
import { connectHost } from '../../src/remote/connect.ts';
import { makeCtx } from '../../src/core/make-ctx.ts';
import { hostOf } from './host.ts';
import { lockScript } from './scripts.ts';

const [configFile = '', lock = '', mark = ''] = process.argv.slice(2);
const ctx = makeCtx(process.env, process.cwd(), new AbortController().signal, () => undefined);
const remote = await connectHost(ctx, hostOf(), { configFile });
const held = await remote.hold(lockScript, { values: { lock } });
void remote.run(`exec sleep ${mark}`);
void remote.stream(`exec sleep ${mark}`);
await remote.forwardSocket('/tmp/none.sock');
console.log(held.said);
