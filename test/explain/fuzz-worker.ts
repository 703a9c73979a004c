/** A process that explains damaged archives: arguments are how many, and a directory of its own. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { isToolError } from '../../src/core/errors.ts';
import { explain } from '../../src/explain/explain.ts';
import type { Explanation } from '../../src/explain/types.ts';
import { testlessCtx } from '../store/testless-ctx.ts';
import { damaged, fuzzAll } from '../support/fuzz.ts';
import { archiveForms, archiveOf, fuzzLayers } from './fuzz-archives.ts';

const [, , runs = '0', home = ''] = process.argv;
const ctx = testlessCtx(home);
const layers = await fuzzLayers();

await fuzzAll(Number(runs), async (random, run) => {
  const form = archiveForms[run % archiveForms.length] ?? 'docker';
  // In one of two a layer is damaged before anything is computed of it, so that every digest is right; else the archive is.
  const within = random(2) === 0;
  const chosen = random(layers.length);
  const archive = await archiveOf(
    form,
    layers.map((layer, index) =>
      within && index === chosen ? damaged(layer, random, headersOf(layer)) : layer,
    ),
  );
  const location = path.join(home, 'fuzz.tar');
  writeFileSync(location, within ? archive : damaged(archive, random, headersOf(archive)));
  try {
    const explanation = await explain(ctx, {
      what: location,
      access: { insecure: [] },
      binaries: true,
    });
    check(explanation);
    return 'problems' in explanation && explanation.problems.length > 0 ? 'partial' : 'explained';
  } catch (error) {
    if (isToolError(error)) return 'refused';
    throw error;
  }
});

/** Every tree sums to its root, and nothing has less than no bytes. */
function check(explanation: Explanation): void {
  if (explanation.kind === 'binary') return;
  for (const [name, tree] of Object.entries(explanation.trees)) {
    const children = new Float64Array(tree.bytes.length);
    for (const [node, parent] of tree.parent.entries()) {
      const bytes = tree.bytes[node] ?? Number.NaN;
      if (!Number.isSafeInteger(bytes) || bytes < 0) throw new Error(`${name}: a node has ${bytes} bytes`);
      if (parent >= 0) children[parent] = (children[parent] ?? 0) + bytes;
    }
    for (const [node, bytes] of tree.bytes.entries())
      if ((children[node] ?? 0) > bytes) throw new Error(`${name}: a node has less than its children`);
  }
  if (!(explanation.efficiency >= 0 && explanation.efficiency <= 1))
    throw new Error(`an efficiency of ${explanation.efficiency}`);
}

/** Where the headers of a tar archive are: each has its magic in it. */
function headersOf(tar: Buffer): readonly number[] {
  const places: number[] = [];
  for (let at = 0; at < tar.length; at += 512)
    if (tar.toString('latin1', at + 257, at + 262) === 'ustar') places.push(at);
  return places;
}
