import path from 'node:path';
import { promises as fs } from 'node:fs';
import { sha256File } from '../../core/files.ts';
import type { Engine } from '../solver.ts';

/** Compiles into `directory`, which outlives the solve. Not cached by key: the go command's own build cache does that better. */
export function goEngine(directory: string): Engine<'go'> {
  let count = 0;
  return {
    key: async () => undefined,
    run: async (op) => {
      const output = path.join(directory, `program-${++count}`);
      await op.compile(output);
      const [{ size }, hex] = await Promise.all([fs.stat(output), sha256File(output)]);
      return { layers: [], executable: { path: output, digest: `sha256:${hex}`, size } };
    },
  };
}
