import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { rolldown } from 'rolldown';
import { tempDir } from '../support/ctx.ts';

/**
 * The compressing threads as a process has them: they must not keep it alive, must not change what it does with uncaught errors, and
 * must be found in the bundle too.
 */

const source = path.join(import.meta.dirname, '../../src/layer');
const script = `
import { compress, prewarm } from '${source}/compress.ts';
const [mode] = process.argv.slice(2);
async function* bytes() { for (let i = 0; i < 4; i++) yield Buffer.alloc(1024 * 1024, 'coracle '); }
if (mode === 'idle') prewarm(2);
if (mode === 'left') {
  for await (const chunk of compress(bytes(), { kind: 'gzip' }, { cores: 2 })) break;
}
if (mode === 'write') {
  for await (const chunk of compress(bytes(), { kind: 'gzip' }, { cores: 2 })) process.stdout.write(chunk);
}
if (mode === 'here') {
  const before = process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
  for await (const chunk of compress((async function* () { yield Buffer.from('x'); })(), { kind: 'gzip' })) ;
  console.log(process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection') - before);
}
`;

async function run(file: string, mode: string): Promise<Buffer> {
  const { stdout } = await promisify(execFile)(process.execPath, [file, mode], {
    encoding: 'buffer',
    env: { NODE_NO_WARNINGS: '1' },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  return stdout;
}

function plainScript(): string {
  const file = path.join(tempDir(), 'script.ts');
  writeFileSync(file, script);
  return file;
}

async function bundledScript(): Promise<string> {
  const root = tempDir();
  const entry = plainScript();
  const bundle = await rolldown({
    input: { script: entry, 'gzip-worker': path.join(source, 'gzip-worker.ts') },
    platform: 'node',
    cwd: path.join(source, '../..'),
    treeshake: { moduleSideEffects: false },
  });
  mkdirSync(path.join(root, 'dist'));
  writeFileSync(path.join(root, 'package.json'), '{"type":"module"}');
  await bundle.write({
    dir: path.join(root, 'dist'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await bundle.close();
  expect(readdirSync(path.join(root, 'dist'))).toContain('gzip-worker.js');
  return path.join(root, 'dist', 'script.js');
}

describe.each([
  ['as it is written', async () => plainScript()],
  ['bundled', bundledScript],
])('%s', (_, make) => {
  test('the threads compress; idle ones and a stream that is left do not keep the process alive', async () => {
    const file = await make();
    expect(gunzipSync(await run(file, 'write')).equals(Buffer.alloc(4 * 1024 * 1024, 'coracle '))).toBe(true);
    expect((await run(file, 'idle')).length).toBe(0);
    expect((await run(file, 'left')).length).toBe(0);
    expect((await run(file, 'here')).toString()).toBe('0\n');
  });
});

test('a process that is told to exit in the middle of compressing does', () => {
  const file = path.join(tempDir(), 'exit.ts');
  writeFileSync(
    file,
    `import { compress } from '${source}/compress.ts';
async function* bytes() { for (;;) yield Buffer.alloc(1024 * 1024, 'coracle '); }
for await (const chunk of compress(bytes(), { kind: 'gzip', level: 12 }, { cores: 2 })) process.exit(chunk.length > 0 ? 0 : 1);
`,
  );
  execFileSync(process.execPath, [file], {
    env: { NODE_NO_WARNINGS: '1' },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
});

test('memory stays flat while 300 MB go through', async () => {
  const file = path.join(tempDir(), 'memory.ts');
  writeFileSync(
    file,
    `import { buildLayer } from '${source}/build-layer.ts';
const peakOf = async (size) => {
  const chunk = Buffer.alloc(65536, 'coracle ');
  async function* content() { for (let at = 0; at < size; at += chunk.length) yield chunk; }
  const sink = { writer: async () => ({ write: async () => {}, commit: async () => ({ digest: 'sha256:', size: 0 }), abort: async () => {} }) };
  const entry = { path: 'a', type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, size, content };
  await buildLayer([entry], { compression: { kind: 'gzip', level: 1 }, mediaTypeFamily: 'oci', cores: 2 }, sink);
  return process.resourceUsage().maxRSS / 1024;
};
const small = await peakOf(20 * 1024 * 1024);
console.log(small, await peakOf(300 * 1024 * 1024));
`,
  );
  const [small, large] = (await run(file, '')).toString().trim().split(' ').map(Number);
  expect(small).toBeGreaterThan(20);
  expect((large ?? Infinity) - (small ?? 0)).toBeLessThan(50); // MiB; the stream itself has 300
});
