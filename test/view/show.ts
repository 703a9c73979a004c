/** Opens the view on an explanation built in code, on the terminal that this process has. Says its exit code when it is over. */
import type { Explanation } from '../../src/explain/types.ts';
import { openView } from '../../src/view/open.ts';
import { bigTree, binaryExplanation, imageExplanation } from './explanations.ts';

const { env } = process;
const [what = 'image'] = process.argv.slice(2);
const controller = new AbortController();
process.on('SIGTERM', () => controller.abort(new Error('asked to end')));

const image = imageExplanation();
const explanations: Readonly<Record<string, () => Explanation>> = {
  image: () => image,
  binary: binaryExplanation,
  big: () => ({ ...image, trees: { files: bigTree(1_000_000) } }),
};
const explanation = explanations[what]?.() ?? image;
try {
  const code = await openView(
    explanation,
    { input: process.stdin, output: process.stdout, env, signal: controller.signal },
    { color: !env['NO_COLOR'], utf8: env['ASCII'] !== '1' },
  );
  console.log(`exit ${code}`);
} catch (error) {
  console.log(`failed: ${error instanceof Error ? error.message : String(error)}`);
}
