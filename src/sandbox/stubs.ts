import { promises as fs } from 'node:fs';
import path from 'node:path';
import { systemCode } from '../core/errors.ts';
import { fileCalls } from '../core/syscalls.ts';
import { removeTree } from '../core/temp.ts';
import type { Report, Stub } from './init/job.ts';
import { isWhereItWas } from './place.ts';
import type { Root } from './types.ts';

/** Removes what had to be made to mount on, where nothing was put into it. No process of the sandbox lives any more. */
export async function removeStubs(root: Root, reports: readonly Report[]): Promise<void> {
  const base = await fs.realpath(root.kind === 'overlay' ? root.upper : root.directory);
  for (const report of reports) {
    if (report.says !== 'stubs') continue;
    if (report.layer !== undefined) await removeTree(report.layer);
    for (const stub of [...report.stubs].reverse()) await removeStub(base, stub);
  }
}

async function removeStub(base: string, stub: Stub): Promise<void> {
  const file = path.join(base, stub.path);
  const parent = path.dirname(file);
  if (!(await isWhereItWas(file))) return;
  const stat = await fs.lstat(file).catch(() => undefined);
  const kept = await fs.stat(parent, { bigint: true }).catch(() => undefined);
  if (!stat || !kept) return;
  try {
    if (stat.isDirectory()) await fs.rmdir(file);
    else if (stat.isFile() && stat.size === 0) await fs.unlink(file);
    else return;
  } catch (error) {
    if (systemCode(error) === 'ENOTEMPTY') return;
    throw error;
  }
  // Nothing else happened in the directory: then nothing is seen to have happened.
  if (String(kept.mtimeNs) === stub.after) {
    fileCalls().setMtime(Buffer.from(parent), BigInt(stub.before));
  }
}
