/** Sleeps in a sandbox until it is killed. Says `go` when it begins, `up` when the program runs. argv: runtime, busybox, seconds. */
import { withBoxes, type Place } from './box.ts';

const [, , runtime = 'builtin', busybox = '', mark = ''] = process.argv;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- given by killed.test.ts
await withBoxes({ runtime: runtime as Place['runtime'], busybox }, async (open) => {
  const box = await open();
  const running = box.run(`echo up; setsid sleep ${mark} & sleep ${mark}`, {
    timeout: 3_600_000,
    onOutput: (_, text) => void process.stdout.write(text),
  });
  process.stdout.write('go\n');
  await running;
});
