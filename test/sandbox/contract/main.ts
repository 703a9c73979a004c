/** Runs the contract as whoever starts it: one JSON line for each case. argv: runtime, busybox, contained or not. */
import process from 'node:process';
import { inspect } from 'node:util';
import { enterUserNamespace, idMode, userNamespace } from '../../../src/sandbox/userns.ts';
import { testCtxWithoutTest } from './plain-ctx.ts';
import { withBoxes, type Place } from './box.ts';
import { cases, leftOut } from './cases.ts';

process.env['CORACLE_CONTRACT_SECRET'] = 'not for steps';
const [, , runtime = 'builtin', busybox = '', contained = ''] = process.argv;
const namespace = await userNamespace(testCtxWithoutTest());
if (namespace.kind === 'refused') throw new Error(namespace.why);
if (namespace.kind === 'enter') {
  const own = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { file, argv, env } = enterUserNamespace(namespace, own, process.env);
  process.execve?.(file, argv, env);
}

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const mode = await idMode();
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- given by contract.ts
const place: Place = { runtime: runtime as Place['runtime'], busybox };
say({ mode });
await withBoxes(place, async (open) => {
  for (const each of cases) {
    if (leftOut(each, { runtime: place.runtime, mode, contained: contained !== '' }) !== undefined) continue;
    const box = await open();
    box.sandbox.prepare(box.ctx);
    try {
      await each.run(box);
      say({ name: each.name, error: '' });
    } catch (error) {
      say({ name: each.name, error: inspect(error) });
    }
  }
});
