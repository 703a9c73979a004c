/** The files that decide which packages a pattern with `...` means. */
import path from 'node:path';
import { isDirectory } from './inputs-embed.ts';
import type { Recorder } from './inputs-recorder.ts';

/** Records a directory and all below it in which packages may be, with their sources: a new one, or one that turns into a program. */
export function recordPackages(record: Recorder, directory: string): void {
  for (const name of record.directory(directory, 'below')) {
    const found = path.join(directory, name);
    if (isDirectory(found)) recordPackages(record, found);
    else record.file(found);
  }
}
