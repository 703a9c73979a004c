import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { tempDir } from '../support/ctx.ts';

it('a process that exits in the middle of a write, as on an interrupt, takes its files with it', async () => {
  const home = tempDir();
  const script = `
    const { openStore } = await import(process.argv[1]);
    const store = await openStore({ home: process.argv[2], now: () => new Date() });
    await store.blobs.put(new TextEncoder().encode('whole'));
    const writer = await store.blobs.writer();
    await writer.write(new TextEncoder().encode('half'));
    console.log((await import('node:fs')).readdirSync(store.root + '/tmp').length);
    process.exit(130);`;
  const url = new URL('../../src/store/store.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, url, home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  expect([child.exitCode, output.trim()]).toEqual([130, '1']);
  expect(await readdir(path.join(home, 'store', 'tmp'))).toEqual([]);
  expect(await readdir(path.join(home, 'store', 'leases'))).toEqual([]);
  expect(await readdir(path.join(home, 'store', 'blobs', 'sha256'))).toHaveLength(1);
});
