import { Worker } from 'node:worker_threads';
import { workerFile } from '../../core/worker-file.ts';
import type { LedgerJob, LedgerNote } from './ledger-worker.ts';

type Read = Extract<LedgerNote, { digest: string }>;

/** Threads that read ledgers beside this one. */
export interface LedgerThreads {
  /**
   * @returns undefined when all are busy, or when it fails: reading the program in this thread says why
   * @throws the signal's reason
   */
  read(job: LedgerJob): Promise<Read | undefined>;
  /** Ends them, whatever they are at. */
  close(): Promise<void>;
}

/** Each starts with its first job. */
export function ledgerThreads(count: number, signal: AbortSignal): LedgerThreads {
  const all = Array.from({ length: count }, () => ledgerThread());
  const free = [...all];
  return {
    read: async (job) => {
      const thread = free.pop();
      if (!thread) return undefined;
      const abort = Promise.withResolvers<never>();
      const interrupt = (): void => {
        abort.reject(signal.reason instanceof Error ? signal.reason : new Error('interrupted'));
      };
      signal.addEventListener('abort', interrupt);
      try {
        signal.throwIfAborted();
        return await Promise.race([thread.read(job), abort.promise]);
      } finally {
        signal.removeEventListener('abort', interrupt);
        free.push(thread);
      }
    },
    close: async () => {
      await Promise.all(all.map(async (thread) => thread.close()));
    },
  };
}

function ledgerThread(): Pick<LedgerThreads, 'read' | 'close'> {
  let worker: Worker | undefined;
  let answer: ((note: LedgerNote) => void) | undefined;
  const settle = (note: LedgerNote): void => {
    answer?.(note);
    answer = undefined;
  };
  const start = (): Worker => {
    const fresh = new Worker(workerFile('ledger-worker', import.meta.url), {
      name: 'ledger',
      env: {},
      execArgv: [],
    });
    fresh.on('message', settle);
    fresh.on('error', () => settle({ error: 'the thread failed' }));
    fresh.on('exit', () => {
      worker = undefined;
      settle({ error: 'the thread ended' });
    });
    return fresh;
  };
  return {
    read: async (job) => {
      const note = await new Promise<LedgerNote>((resolve) => {
        answer = resolve;
        worker ??= start();
        worker.postMessage(job);
      });
      return 'digest' in note ? note : undefined;
    },
    close: async () => {
      await worker?.terminate();
    },
  };
}
