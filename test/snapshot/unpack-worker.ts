/** A process that unpacks the one layer of a store; says so when it begins. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { mediaTypes } from '../../src/oci/types.ts';
import { createSnapshots } from '../../src/snapshot/snapshots.ts';
import { openStore } from '../../src/store/store.ts';
import { testlessCtx } from '../store/testless-ctx.ts';

const [, , home = ''] = process.argv;
const store = await openStore(testlessCtx(home));
const blobs = path.join(store.root, 'blobs/sha256');
const [hex = ''] = readdirSync(blobs);
const bytes = readFileSync(path.join(blobs, hex));
const diffId = `sha256:${createHash('sha256').update(gunzipSync(bytes)).digest('hex')}` as const;
const snapshots = createSnapshots(testlessCtx(home), store, {
  idMode: process.getuid?.() === 0 ? 'root' : 'single',
  overlay: 'auto',
});
const descriptor = {
  mediaType: mediaTypes.ociLayerGzip,
  digest: `sha256:${hex}`,
  size: bytes.length,
} as const;
const id = snapshots.foreign({ descriptor, diffId }, async () => undefined);
const timer = setInterval(() => process.stdout.write('.'), 1);
await snapshots.directory(id);
clearInterval(timer);
