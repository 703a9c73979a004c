import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseJson } from '../support/json.ts';
import type { LoadPlan, LoadReport } from './load/tally.ts';

export type { LoadFailure, LoadReport } from './load/tally.ts';

export interface Load {
  /** How it went so far: no older than a fifth of a second. */
  report(): LoadReport;
  /** Resolves when the report fits. @throws after 60 seconds, with what there was */
  until(what: string, fits: (report: LoadReport) => boolean): Promise<LoadReport>;
  stop(): Promise<LoadReport>;
}

/**
 * Load on servers until it is stopped, from a process of its own: one request after the other on each connection, GET and POST, besides
 * requests of five seconds and websockets. It begins when each has answered.
 */
export async function startLoad(
  urls: readonly string[],
  options: Partial<Omit<LoadPlan, 'urls'>> = {},
): Promise<Load> {
  const plan: LoadPlan = { urls, connections: 4, slow: true, websockets: true, ...options };
  const worker = path.join(import.meta.dirname, 'load', 'worker.ts');
  const child = spawn(process.execPath, [worker, JSON.stringify(plan)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let last: LoadReport | undefined;
  createInterface(child.stdout).on('line', (line) => {
    last = parseJson<LoadReport>(line);
  });
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
  });
  const report = (): LoadReport => {
    if (last === undefined) throw new Error('there is no load yet');
    return last;
  };
  const stop = async (): Promise<LoadReport> => {
    child.stdin.end(); // a second time does nothing
    await ended;
    return report();
  };
  const until: Load['until'] = async (what, fits) => {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const now = last;
      if (now !== undefined && fits(now)) return now;
      if (Date.now() > deadline || child.exitCode !== null) {
        await stop();
        throw new Error(`load: waited for ${what}: ${JSON.stringify(now, undefined, 1)}`);
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  };
  await until('answers', ({ requests }) => requests > urls.length * plan.connections);
  return { report, until, stop };
}
