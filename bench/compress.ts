import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Case } from './case.ts';
import { measure } from './measure.ts';
import type { Workshop } from './workshop.ts';

const bytes = 75_000_000;

/** Compressing 75 MB of Go programs, from a file in the page cache to nowhere. */
export function compressing(at: Workshop): Case {
  const file = path.join(at.home, 'programs');
  const one = async (how: 'ours' | 'zlib'): Promise<number> => {
    const script = path.join(import.meta.dirname, 'compress-once.ts');
    const { stdout } = await measure({ argv: [process.execPath, script, how, file] });
    return Number(stdout) / 1000;
  };
  return {
    work: 'compressing 75 MB (gzip 6)',
    unit: 's',
    rounds: 7,
    target: {
      words: 'half of one thread, on 2 cores',
      reached: (medians) => (medians['ours'] ?? Infinity) <= (medians['zlib, one thread'] ?? 0) / 2,
    },
    warmUp: async () => writeFileSync(file, firstBytes([at.ko, at.crane, at.ko])),
    contenders: { ours: async () => one('ours'), 'zlib, one thread': async () => one('zlib') },
  };
}

function firstBytes(files: readonly string[]): Buffer {
  const all = Buffer.alloc(bytes);
  let at = 0;
  for (const file of files) {
    const handle = openSync(file, 'r');
    for (let read = -1; read !== 0 && at < bytes; at += read)
      read = readSync(handle, all, at, bytes - at, null);
    closeSync(handle);
  }
  if (at < bytes) throw new Error('the programs are smaller than they were');
  return all;
}
