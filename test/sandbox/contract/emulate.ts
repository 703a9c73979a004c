/** Says how programs of an architecture run. argv: home, architecture. */
import { makeCtx } from '../../../src/core/make-ctx.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { chooseSandbox } from '../../../src/sandbox/choose.ts';
import { emulatorFor } from '../../../src/sandbox/emulation.ts';

const [, , home = '', architecture = ''] = process.argv;
const ctx = makeCtx(
  { ...process.env, CORACLE_HOME: home },
  '/',
  new AbortController().signal,
  () => undefined,
);
const sandbox = await chooseSandbox(ctx, 'auto');
const answer = await emulatorFor(ctx, sandbox, { os: 'linux', architecture }).catch(messageOf);
await sandbox.close();
process.stdout.write(JSON.stringify(answer));
