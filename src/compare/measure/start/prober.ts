import { Worker } from 'node:worker_threads';
import { ToolError } from '../../../core/errors.ts';
import { workerFile } from '../../../core/worker-file.ts';
import type { Answer, Question } from './ask.ts';
import type { ProbeNote, ProbeOrder } from './probe-worker.ts';

/** Asks programs whether they are ready, from a thread of its own whose network they can share. */
export interface Prober {
  /**
   * Leaves for a fresh network with the loopback device alone.
   * @returns the file of its namespace
   * @throws ToolError SANDBOX_UNAVAILABLE where the machine refuses it
   */
  leave(): Promise<string>;
  /** Asks again and again until the answer is good, or `stop` is called. */
  watch(question: Question): { readonly answer: Promise<Answer>; stop(): void };
  /** Asks once. */
  ask(question: Question): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts the thread: some 40 ms. */
export function openProber(): Prober {
  const worker = new Worker(workerFile('probe-worker', import.meta.url), {
    name: 'probe',
    env: {},
    execArgv: [],
  });
  const waiting = new Map<number, { resolve: (note: ProbeNote) => void; reject: (error: unknown) => void }>();
  const failAll = (error: unknown): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('message', (note: ProbeNote) => {
    const asked = waiting.get(note.id);
    waiting.delete(note.id);
    asked?.resolve(note);
  });
  worker.on('error', failAll);
  worker.on('exit', () => failAll(new Error('the thread that asks programs has ended')));
  let last = 0;
  const send = async (order: ProbeOrder): Promise<ProbeNote> => {
    const { promise, resolve, reject } = Promise.withResolvers<ProbeNote>();
    waiting.set(order.id, { resolve, reject });
    worker.postMessage(order);
    return promise;
  };
  const answerOf = async (order: ProbeOrder): Promise<Answer> => {
    const note = await send(order);
    if ('answer' in note) return note.answer;
    throw new Error('error' in note ? note.error : 'the thread that asks programs gave no answer');
  };
  return {
    leave: async () => {
      const note = await send({ order: 'leave', id: ++last });
      if ('network' in note) return note.network;
      throw new ToolError(
        'SANDBOX_UNAVAILABLE',
        `no network of their own for programs: ${'error' in note ? note.error : ''}`,
        { hint: 'They are started in the network of this machine.' },
      );
    },
    watch: (question) => {
      const id = ++last;
      const answer = answerOf({ order: 'watch', id, question });
      answer.catch(() => undefined); // whoever waits for it is told
      return { answer, stop: () => worker.postMessage({ order: 'stop', id } satisfies ProbeOrder) };
    },
    ask: async (question) => answerOf({ order: 'ask', id: ++last, question }),
    close: async () => {
      await worker.terminate();
    },
  };
}
