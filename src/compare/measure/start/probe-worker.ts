/**
 * A worker thread that asks a program whether it is ready, in a network of its own where the program listens too: a thread can be in another
 * network than its process, and for good, as an ordinary user could not come back. `ProbeOrder` in, `ProbeNote` out. A file of its own,
 * also in dist/: prober.ts starts it by its name.
 */
import { readlinkSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../../core/errors.ts';
import { leaveNetwork } from '../../../sandbox/init/namespaces.ts';
import { ownLibc } from '../../../sandbox/programs.ts';
import { ask, type Answer, type Question } from './ask.ts';

export type ProbeOrder =
  /** Into a fresh network, where every port is free. */
  | { readonly order: 'leave'; readonly id: number }
  /** Asks until the answer is good. */
  | { readonly order: 'watch'; readonly id: number; readonly question: Question }
  /** Asks once. */
  | { readonly order: 'ask'; readonly id: number; readonly question: Question }
  /** No more of what was asked with that number. */
  | { readonly order: 'stop'; readonly id: number };

export type ProbeNote =
  | { readonly id: number; readonly network: string }
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly error: string };

/** Milliseconds between two attempts to connect; and between two questions that were answered, but not well. */
const pace = 1;
const slowPace = 5;

/** What is being watched. */
const watched = new Set<number>();

parentPort?.on('message', (order: ProbeOrder) => {
  if (order.order === 'stop') watched.delete(order.id);
  else
    void obey(order).then(
      (note) => parentPort?.postMessage(note),
      (error: unknown) =>
        parentPort?.postMessage({ id: order.id, error: messageOf(error) } satisfies ProbeNote),
    );
});

async function obey(order: Exclude<ProbeOrder, { readonly order: 'stop' }>): Promise<ProbeNote> {
  const { id } = order;
  if (order.order === 'leave') {
    leaveNetwork(ownLibc());
    return { id, network: `/proc/${readlinkSync('/proc/thread-self')}/ns/net` };
  }
  if (order.order === 'ask') return { id, answer: await ask(order.question) };
  watched.add(id);
  for (;;) {
    const answer = await ask(order.question);
    if (answer.good || !watched.has(id)) {
      watched.delete(id);
      return { id, answer };
    }
    await new Promise((resolve) => setTimeout(resolve, answer.connected ? slowPace : pace));
  }
}
