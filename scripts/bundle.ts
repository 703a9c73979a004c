/**
 * Bundles the program into dist/: one small entry, one chunk per verb (loaded when the verb is used), the gzip worker, and the
 * data files beside them. Written to a temporary folder and moved into place file by file, the entry last, so that a running command
 * never sees half of it.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { bundlePage } from './bundle-page.ts';

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const fresh = mkdtempSync(path.join(root, '.dist-'));

try {
  const bundle = await rolldown({
    input: {
      main: path.join(root, 'src/cli/main.ts'),
      index: path.join(root, 'src/index.ts'),
      'gzip-worker': path.join(root, 'src/layer/gzip-worker.ts'),
      'scan-worker': path.join(root, 'src/explain/image/scan-worker.ts'),
      'probe-worker': path.join(root, 'src/compare/measure/start/probe-worker.ts'),
      'ledger-worker': path.join(root, 'src/explain/files/ledger-worker.ts'),
    },
    platform: 'node',
    treeshake: { moduleSideEffects: false },
    onLog: (level, log, print) => {
      if (level !== 'warn' || !/EVAL|CIRCULAR|INEFFECTIVE_DYNAMIC_IMPORT/.test(log.code ?? ''))
        print(level, log);
    },
  });
  await bundle.write({
    dir: fresh,
    format: 'esm',
    minify: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    sourcemap: false,
    // A module that is a file of its own costs a millisecond to find and open. What a build needs in which nothing changed is one
    // file, what speaks to registries another, what really builds a third; each takes along what it always needs.
    codeSplitting: {
      groups: [
        { name: 'home', test: /src\/core\/home\.ts$/, priority: 4 },
        {
          name: 'start',
          test: /src\/(cli\/(command|verbs\/build|print-build|invocation|outputs)|build\/unchanged|core\/exec)\.ts$/,
          priority: 3,
        },
        { name: 'registry', test: /src\/(registry\/client|core\/http|build\/registries)\.ts$/, priority: 2 },
        {
          name: 'build',
          test: /src\/(build\/build|cli\/build-request|config\/load|config\/request)\.ts$/,
          priority: 1,
        },
      ],
    },
  });
  await bundle.close();
  // By itself: it starts with every step, and each module less is time.
  const init = await rolldown({
    input: { 'sandbox-init': path.join(root, 'src/sandbox/init/main.ts') },
    platform: 'node',
    treeshake: { moduleSideEffects: false },
  });
  await init.write({
    dir: fresh,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await init.close();
  await bundlePage(fresh);
  // What is read as a file: it lies beside the program as it lies beside its module.
  for (const file of ['src/base/ca-bundle.pem', 'src/deploy/proxy/acme', ...hostScripts()]) {
    cpSync(path.join(root, file), path.join(fresh, path.basename(file)), { recursive: true });
  }
  mkdirSync(dist, { recursive: true });
  const made = new Set(readdirSync(fresh));
  // main.js last: until then a running launcher still finds the old program whole.
  for (const name of [...made].sort((a, b) => Number(a === 'main.js') - Number(b === 'main.js'))) {
    const file = path.join(fresh, name);
    if (name === 'main.js') writeFileSync(file, readFileSync(file)); // the launcher compares times with it: it must be the newest
    // Only a file can be replaced in one go.
    if (statSync(file).isDirectory()) rmSync(path.join(dist, name), { recursive: true, force: true });
    renameSync(file, path.join(dist, name));
  }
  // Chunks of an older bundle may still be wanted by a command that runs right now; a package must not hold any.
  const spared = process.argv.includes('--clean') ? 0 : 3_600_000;
  for (const name of readdirSync(dist)) {
    const file = path.join(dist, name);
    if (!made.has(name) && Date.now() - statSync(file).mtimeMs > spared)
      rmSync(file, { recursive: true, force: true });
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function hostScripts(): string[] {
  return ['src/deploy/host', 'src/deploy/proxy'].flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith('.sh'))
      .map((name) => path.join(folder, name)),
  );
}
