/** A process that holds a cache until its standard input ends: `cache-worker.ts HOME CACHE SHARING`. Prints the directory it was given. */
import { makeCtx } from '../../../src/core/make-ctx.ts';
import { holdCache, type Sharing } from '../../../src/solve/exec/cache-slots.ts';

const [, , home = '', cache = '', mode = ''] = process.argv;
const sharing = (['shared', 'private', 'locked'] as const).find((each): each is Sharing => each === mode);
if (!sharing) throw new Error(`no such mode: ${mode}`);
const ctx = makeCtx({ CORACLE_HOME: home }, home, new AbortController().signal, () => undefined);
const held = await holdCache(
  ctx,
  cache,
  sharing,
  async () => undefined,
  () => console.log('waiting'),
);
console.log(held.directory);
process.stdin.resume();
process.stdin.on('end', () => void held.release());
