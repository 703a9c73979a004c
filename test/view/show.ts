/** Opens the view on an explanation built in code, on the terminal that this process has. Says its exit code when it is over. */
import type { Explanation } from '../../src/explain/types.ts';
import { openView } from '../../src/view/open.ts';
import { binaryExplanation, imageExplanation } from './explanations.ts';

const { env } = process;
const [what = 'image'] = process.argv.slice(2);
const controller = new AbortController();
process.on('SIGTERM', () => controller.abort(new Error('asked to end')));

// The first key after the view has opened.
const onKey = (act: () => void): void => void process.stdin.once('data', () => setImmediate(act));
if (what === 'end') onKey(() => process.kill(process.pid, 'SIGTERM'));
if (what === 'crash') {
  onKey(() => {
    throw new Error('nobody catches this');
  });
}
try {
  const code = await openView(
    explanationOf(what),
    { input: process.stdin, output: process.stdout, env, signal: controller.signal },
    { color: !env['NO_COLOR'], utf8: env['ASCII'] !== '1' },
  );
  console.log(`exit ${code}`);
} catch (error) {
  console.log(`failed: ${error instanceof Error ? error.message : String(error)}`);
}

function explanationOf(name: string): Explanation {
  if (name === 'binary') return binaryExplanation();
  const image = imageExplanation();
  if (name !== 'broken' || image.trees.files === undefined) return image;
  const files = {
    ...image.trees.files,
    get parent(): Int32Array {
      throw new Error('this tree cannot be made');
    },
  };
  return { ...image, trees: { ...image.trees, files } };
}
