/** A process that works on a store until it is killed: blobs large and small, names, facts, prunes. */
import { openStore } from '../../src/store/store.ts';
import { testlessCtx } from './testless-ctx.ts';
import { putImage } from './images.ts';

const [, , home = '', seed = '0'] = process.argv;
const store = await openStore(testlessCtx(home));
for (let round = 0; round < 1000; round++) {
  const image = await putImage(store.blobs, `${seed}-${round % 7}`);
  await store.blobs.put(
    (async function* () {
      for (let chunk = 0; chunk < 20; chunk++) yield Buffer.alloc(50_000, `${round % 5}`);
    })(),
  );
  await store.refs.set(`image-${round % 7}`, image.descriptor);
  await store.cache.set('build', `${round % 3}`, { blobs: image.digests });
  if (round % 10 === 9) await store.prune({ olderThan: 0 });
  process.stdout.write('.');
}
