/**
 * The first process of a sandbox. It is started ahead of need, waits for its job on a pipe, makes the root file system, gives up
 * what the command may not have, and becomes the command. Loaded as few modules as can be: its start is part of every step.
 *
 * argv: koffi's binary. Descriptor 3: the job, to its end. Descriptor 4: what it reports.
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
  report({ says: 'ready' });
  return becomeCommand(libc, job);
}

async function main(): Promise<number> {
  const [, main = '', addon = ''] = process.argv;
  try {
    const libc = step('load the system calls', () => loadLibc(addon));
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The old /proc still shows us as our starter knows us.
    report({ says: 'alive', pid: Number(readlinkSync('/proc/self')) });
    const text = step('read the job', () => readFileSync(jobPipe, 'utf8'));
    closeSync(jobPipe);
    if (text === '') return 0; // nobody needed us
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the other half of this program
    const job = JSON.parse(text) as Job;
    if (job.supervised !== true) return start(libc, job);
    const { supervise } = await import('./supervise.ts');
    return await supervise(libc, job, [process.execPath, ...process.execArgv, main, addon]);
  } catch (error) {
    const failed = error instanceof StepError ? error : new StepError('set up', error);
    report({ says: 'failed', step: failed.step, call: failed.call, code: failed.code });
    return 125;
  }
}

process.exit(await main());
