/**
 * Bundles the program into dist/: one small entry, one chunk per verb (loaded when the verb is used), the gzip worker, and the
 * data files beside them. Written to a temporary folder and moved into place, so that a running command never sees half of it.
 */
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const fresh = mkdtempSync(path.join(root, '.dist-'));

try {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  const bundle = await rolldown({
    input: {
      main: path.join(root, 'src/cli/main.ts'),
      index: path.join(root, 'src/index.ts'),
      'gzip-worker': path.join(root, 'src/layer/gzip-worker.ts'),
    },
    platform: 'node',
    transform: { define: { 'globalThis.CORACLE_VERSION': JSON.stringify(version) } },
    treeshake: { moduleSideEffects: false },
    onLog: (level, log, print) => {
      if (level !== 'warn' || !/EVAL|CIRCULAR/.test(log.code ?? '')) print(level, log);
    },
  });
  await bundle.write({
    dir: fresh,
    format: 'esm',
    minify: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    sourcemap: false,
  });
  await bundle.close();
  for (const file of ['src/base/ca-bundle.pem']) {
    cpSync(path.join(root, file), path.join(fresh, path.basename(file)));
  }
  const old = existsSync(dist) ? `${fresh}.old` : undefined;
  if (old !== undefined) renameSync(dist, old);
  renameSync(fresh, dist);
  if (old !== undefined) rmSync(old, { recursive: true, force: true });
  // The launcher compares times with main.js, which must be the newest.
  writeFileSync(path.join(dist, 'main.js'), readFileSync(path.join(dist, 'main.js')));
} finally {
  rmSync(fresh, { recursive: true, force: true });
  for (const name of readdirSync(root)) {
    if (name.startsWith('.dist-') && name.endsWith('.old')) rmSync(path.join(root, name), { recursive: true, force: true });
  }
}
