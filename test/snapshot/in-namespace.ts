/** A build as root of a user namespace: a base with all kinds of entries, one step in it. Prints what came of it as JSON. */
import type { Ctx } from '../../src/core/ctx.ts';
import { run } from '../../src/core/exec.ts';
import { buildLayer } from '../../src/layer/build-layer.ts';
import { createSnapshots } from '../../src/snapshot/snapshots.ts';
import { openStore } from '../../src/store/store.ts';
import { show, step } from './overlay.ts';
import { entry, timeless } from './entries.ts';

const [, , home = '', mode = '', overlay = ''] = process.argv;
const { signal } = new AbortController();
const warnings: string[] = [];
const ctx: Ctx = {
  signal,
  env: process.env,
  cwd: home,
  home,
  now: () => new Date(),
  emit: (event) => {
    if (event.kind === 'warning') warnings.push(event.message);
  },
  exec: async (command) => run(command, signal),
  fetch: async () => Promise.reject(new Error('not here')),
};
const store = await openStore(ctx);
const snapshots = createSnapshots(ctx, store, {
  idMode: mode === 'single' ? 'single' : 'subids',
  overlay: overlay === 'never' ? 'never' : 'auto',
});
const capability = Uint8Array.from([1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const blob = await buildLayer(
  [
    { path: 'dev' },
    { path: 'dev/tty', type: 'char' as const, major: 5, minor: 0, mode: 0o620, gid: 5 },
    { path: 'dev/zero', type: 'char' as const, major: 1, minor: 5, mode: 0o666 },
    { path: 'home', uid: 1000, gid: 1000 },
    { path: 'home/far', text: 'far', uid: 200_000, gid: 200_000 },
    { path: 'home/file', text: 'one', uid: 1000, gid: 100, mode: 0o640 },
    { path: 'home/gone', text: 'x' },
    {
      path: 'ping',
      text: 'ping',
      mode: 0o755,
      xattrs: { 'security.capability': capability, 'trusted.x': capability },
    },
    { path: 'old' },
    { path: 'old/x', text: 'x' },
    { path: 'su', text: 'su', mode: 0o4755 },
  ].map(entry),
  { compression: { kind: 'gzip' }, mediaTypeFamily: 'oci' },
  store.blobs,
);
const base = snapshots.foreign(blob, async () => undefined);
const at = { ctx, snapshots };
const { id, index } = await step(
  at,
  [base],
  `echo two >> home/file; chmod 600 home/far; rm home/gone; rm -r old; mkdir old; echo y > old/y; chmod 700 ping; rm dev/zero; chmod 600 dev/tty;
   mkfifo pipe; echo s > set; chmod 6755 set; touch -d @1000000000.123456789 old/y; echo new > own; chown 0:0 own`,
);
const seen = await show(at, [base, id], 'find . -type f | LC_ALL=C sort; cat home/file old/y; stat -c %a su');
const again = createSnapshots(ctx, store, {
  idMode: mode === 'single' ? 'single' : 'subids',
  overlay: 'never',
});
const copied = await show(
  { ctx, snapshots: again },
  [base, id],
  'find . -type f | LC_ALL=C sort; cat home/file old/y; stat -c %a su',
);
console.log(JSON.stringify({ index: timeless(index), seen, same: seen === copied, warnings }));
