import { promises as fs } from 'node:fs';
import type { Init } from './launch.ts';

/** Sends a signal to the command; false when there is none yet, or any more. */
export async function signalCommand(init: Init, signal: NodeJS.Signals): Promise<boolean> {
  const alive = init.reports.findLast((report) => report.says === 'alive');
  if (alive?.says !== 'alive' || init.started.pid === undefined) return false;
  try {
    // Its number could belong to somebody else by now, but not below the process that we started.
    if (!(await isBelow(alive.pid, init.started.pid))) return false;
    process.kill(alive.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** How many processes there are between what we start and the command: a terminal's, and the one that unshares. */
const between = 3;

async function isBelow(pid: number, ancestor: number): Promise<boolean> {
  let at = pid;
  for (let step = 0; step < between; step++) {
    const stat = await fs.readFile(`/proc/${at}/stat`, 'utf8');
    at = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (at === ancestor) return true;
  }
  return false;
}
