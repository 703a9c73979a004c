/** A process that gives its own standard streams to a script on the server, and ends with its code. Arguments: configuration, file, `tty` or not. */
import { makeCtx } from '../../src/core/make-ctx.ts';
import { connectHost } from '../../src/remote/connect.ts';
import { hostOf } from './host.ts';

const [configFile = '', file = '', tty] = process.argv.slice(2);
const ctx = makeCtx(process.env, process.cwd(), new AbortController().signal, () => undefined);
const remote = await connectHost(ctx, hostOf(), { configFile });
process.exitCode = await remote.attach(file, { tty: tty === 'tty' });
await remote.close();
