/**
 * The first process of a sandbox. It is started ahead of need, waits for its job on a pipe, makes the root file system, gives up
 * what the command may not have, and becomes the command. Loaded as few modules as can be: its start is part of every step.
 *
 * argv: koffi's binary; the number of the process to die with. Descriptor 3: the job, to its end. Descriptor 4: what it reports.
 */
import { closeSync, readFileSync, readlinkSync, writeFileSync, writeSync } from 'node:fs';
import { becomeRuntime } from './bundle.ts';
import { enterDirectory } from './chroot-root.ts';
import type { Job, Report } from './job.ts';
import { loadLibc, type Libc } from './libc.ts';
import { joinNothing, newKeyring } from './namespaces.ts';
import { becomeCommand, becomeUser } from './process.ts';
import { enterRoot } from './root.ts';
import { step, StepError } from './step.ts';

const jobPipe = 3;
const reportPipe = 4;
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

function report(message: Report): void {
  writeSync(reportPipe, `${JSON.stringify(message)}\n`);
}

/** Comes back only when the command could not be run. */
function start(libc: Libc, job: Job): number {
  for (const file of job.cgroups) step('join the control group', () => writeFileSync(file, '0'));
  if (job.runtime) {
    step('begin a keyring', () => newKeyring(libc));
    return becomeRuntime(libc, job, report);
  }
  if (job.chroot === true) {
    enterDirectory(libc, job);
  } else {
    joinNothing(libc, job);
    enterRoot(libc, job, report);
  }
  becomeUser(libc, job);
  report({ says: 'ready', at: String(process.hrtime.bigint()) });
  return becomeCommand(libc, job);
}

/**
 * Ends with our parent from now on, or at once when it is gone already.
 * @returns our number, as those know us who started us: the old /proc still shows it
 */
function dieWithParent(libc: Libc, parent: string): number {
  libc.prctl(PR_SET_PDEATHSIG, SIGKILL);
  const pid = readlinkSync('/proc/self');
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [, actual] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (actual !== parent) process.exit(gone);
  return Number(pid);
}

/** Exit code that nobody sees. */
const gone = 125;

async function main(): Promise<number> {
  const [, main = '', addon = '', parent] = process.argv;
  try {
    const libc = step('load the system calls', () => loadLibc(addon));
    // The one that looks after a chroot has to outlive its starter for a moment.
    const pid = parent === undefined ? process.pid : dieWithParent(libc, parent);
    report({ says: 'alive', pid });
    const text = step('read the job', () => readFileSync(jobPipe, 'utf8'));
    closeSync(jobPipe);
    if (text === '') return 0; // nobody needed us
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the other half of this program
    const job = JSON.parse(text) as Job;
    if (job.supervised !== true) return start(libc, job);
    const { supervise } = await import('./supervise.ts');
    const command = [process.execPath, ...process.execArgv, main, addon, String(process.pid)] as const;
    return await supervise(libc, job, command);
  } catch (error) {
    const failed = error instanceof StepError ? error : new StepError('set up', error);
    report({ says: 'failed', step: failed.step, call: failed.call, code: failed.code });
    return 125;
  }
}

process.exit(await main());
