/** Runs a script with our own standard streams, or on a terminal; ends with its exit code. argv: runtime, busybox, stdio, script. */
import { withBoxes, type Place } from './box.ts';

const [, , runtime = 'builtin', busybox = '', stdio = '', script = ''] = process.argv;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- given by streams.test.ts
const place: Place = { runtime: runtime as Place['runtime'], busybox };
await withBoxes(place, async (open) => {
  const box = await open();
  const { code } = await box.run(script, { stdio: stdio === 'tty' ? 'tty' : 'inherit' });
  process.exitCode = code;
});
