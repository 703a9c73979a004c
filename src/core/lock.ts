import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { ToolError, systemCode } from './errors.ts';
import { fileError, makeDirectory } from './files.ts';
import type { Ctx } from './ctx.ts';

/**
 * When a process started, in clock ticks since boot (field 22 of /proc/PID/stat): with the process id, a name that is never
 * used twice until the machine restarts. Undefined when there is no such process.
 */
export async function processStart(pid: number): Promise<number | undefined> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The command name may hold spaces and brackets; the fields that follow its last bracket are plain.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[19] === undefined ? undefined : Number(fields[19]);
}

/**
 * Does `work` while no other process holds the lock `file`. The lock of a process that died is taken over. Node has no flock, so
 * this is a hard link: made whole or not at all. What it guards must be safe without it (rename): it only saves double work.
 * @throws ToolError STORE_BUSY after `patience` milliseconds (default 10 minutes)
 */
export async function withLock<R>(
  ctx: Pick<Ctx, 'signal'>,
  file: string,
  work: () => Promise<R>,
  patience = 600_000,
): Promise<R> {
  const me = `${process.pid} ${(await processStart(process.pid)) ?? 0}\n`;
  const proof = path.join(path.dirname(file), `.tmp-${process.pid}-${randomBytes(6).toString('hex')}`);
  const until = Date.now() + patience;
  try {
    await makeDirectory(path.dirname(file));
    await fs.writeFile(proof, me, { flag: 'wx' });
    for (let pause = 5; ; pause = Math.min(pause * 2, 250)) {
      if (await take(proof, file)) break;
      const holder = await fs.readFile(file, 'utf8').catch(() => undefined);
      if (holder !== undefined && !(await alive(holder))) {
        // Only one of several waiters may remove it: rename is atomic, and the winner checks what it took.
        const grave = `${proof}.stale`;
        await fs.rename(file, grave).catch(() => undefined);
        const taken = await fs.readFile(grave, 'utf8').catch(() => undefined);
        if (taken !== undefined && taken !== holder) await fs.link(grave, file).catch(() => undefined);
        await fs.rm(grave, { force: true });
        continue;
      }
      if (Date.now() > until) {
        throw new ToolError(
          'STORE_BUSY',
          `process ${holder?.split(' ')[0] ?? '?'} has held ${file} for too long`,
          {
            hint: 'Wait for it, or end it, and run the same command again.',
          },
        );
      }
      await sleep(pause, undefined, { signal: ctx.signal });
    }
  } catch (error) {
    throw fileError(error, 'write', file);
  } finally {
    await fs.rm(proof, { force: true });
  }
  try {
    return await work();
  } finally {
    await fs.rm(file, { force: true });
  }
}

async function take(proof: string, file: string): Promise<boolean> {
  try {
    await fs.link(proof, file);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function alive(holder: string): Promise<boolean> {
  const [pid, start] = holder.trim().split(' ').map(Number);
  return pid !== undefined && start !== undefined && (await processStart(pid)) === start;
}
