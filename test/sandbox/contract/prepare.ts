/** Prepares and runs in all orders; the last is prepared and left. argv: busybox. */
import { chooseSandbox } from '../../../src/sandbox/choose.ts';
import { withBoxes } from './box.ts';

const [, , busybox = ''] = process.argv;
await withBoxes({ runtime: 'builtin', busybox }, async (open) => {
  const box = await open();
  const say = async (word: string): Promise<void> =>
    void process.stdout.write((await box.run(`echo ${word}`)).stdout);
  box.sandbox.prepare(box.ctx);
  box.sandbox.prepare(box.ctx);
  await say('one');
  await say('two');
  box.sandbox.prepare(box.ctx);
  await box.sandbox.close();
  await say('three');
  const other = await chooseSandbox(box.ctx, 'builtin');
  other.prepare(box.ctx);
});
