import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ToolError, messageOf } from '../core/errors.ts';
import { workerFile } from '../core/worker-file.ts';
import type { Done, Job } from './gzip-worker.ts';

/**
 * The threads that compress, shared by all streams of the process. They start when the first block needs one (or by `prewarm`), never
 * keep an idle process alive, and end with it.
 */

/** More threads would take more memory (15 MB each) than they give speed: a stream is read, hashed and written by one thread. */
const mostThreads = 3;

interface Task {
  readonly job: Job;
  readonly resolve: (done: Compressed) => void;
  readonly reject: (error: unknown) => void;
}

/** A gzip member, and the emptied buffer of its block, which may be filled again. */
export interface Compressed {
  readonly member: Uint8Array<ArrayBuffer>;
  readonly block: ArrayBuffer;
}

interface Thread {
  readonly worker: Worker;
  task: Task | undefined;
}

const threads = new Set<Thread>();
const waiting: Task[] = [];

/** How many threads compress at once on this machine. */
export function defaultCores(): number {
  return Math.min(availableParallelism(), mostThreads);
}

/** Starts the threads ahead of need, while something else is waited for. Costs nothing when they run already. */
export function prewarm(cores = defaultCores()): void {
  while (threads.size < Math.min(cores, mostThreads)) startThread();
}

/** True when a thread runs: then even a small block is better off there. */
export function isWarm(): boolean {
  return threads.size > 0;
}

/** Compresses one block in a thread. The block's buffer is gone from the caller until it comes back with the result. */
export async function gzipInThread(job: Job, cores: number): Promise<Compressed> {
  return new Promise((resolve, reject) => {
    waiting.push({ job, resolve, reject });
    const idle = [...threads].some((thread) => !thread.task);
    if (!idle && threads.size < Math.min(cores, mostThreads)) startThread();
    assign();
  });
}

/** Ends all threads; work that is under way fails. The next block starts new ones. */
export async function stopThreads(): Promise<void> {
  await Promise.all([...threads].map(async (thread) => thread.worker.terminate()));
}

function startThread(): void {
  const worker = new Worker(workerFile('gzip-worker', import.meta.url), {
    name: 'gzip',
    env: {},
    execArgv: [],
    // A thread holds a block and its result outside the heap; what is left of it is small.
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
  });
  const thread: Thread = { worker, task: undefined };
  threads.add(thread);
  worker.on('message', (done: Done) => {
    const task = release(thread);
    if ('error' in done) task?.reject(new ToolError('INTERNAL', `gzip failed: ${done.error}`));
    else task?.resolve(done);
    assign();
  });
  const gone = (why: string): void => {
    threads.delete(thread);
    const task = release(thread);
    task?.reject(
      new ToolError('INTERNAL', `a gzip thread ended: ${why}`, { hint: 'Run the same command again.' }),
    );
    // With no thread left nobody would ever take what waits.
    if (threads.size === 0 && waiting.length > 0) startThread();
    assign();
  };
  worker.on('error', (error) => gone(messageOf(error)));
  worker.on('exit', (code) => {
    if (threads.has(thread)) gone(`exit ${code}`);
  });
  worker.unref(); // after the listeners: adding one for messages takes hold of the process again
}

/** Gives what waits to the threads that are free. A thread with work keeps the process alive, one without does not. */
function assign(): void {
  for (const thread of threads) {
    if (thread.task) continue;
    const task = waiting.shift();
    if (!task) return;
    thread.task = task;
    thread.worker.ref();
    thread.worker.postMessage(task.job, [task.job.block.buffer]);
  }
}

function release(thread: Thread): Task | undefined {
  const { task } = thread;
  thread.task = undefined;
  thread.worker.unref();
  return task;
}
