import { readFileSync } from 'node:fs';
import type { StartedProcess } from '../../../sandbox/types.ts';

/** Names that the first process of the sandbox has as long as it is Node: its main thread's. */
const namesOfNode = new Set(['MainThread', 'node']);
/** Nanoseconds after which a program is taken to be called as Node is. */
const patience = 200_000_000n;
/** Milliseconds between two looks. */
const pace = 0.1;

/**
 * When the program took the place of the sandbox's first process: the last moment, in nanoseconds of `process.hrtime`, at which it had not. The
 * kernel names a process anew when it has taken the old one's memory away, which of Node takes milliseconds that are not the program's. Looks
 * without letting anything else happen in between. Where it comes too late, the moment of the call itself.
 */
export function executedAt({ pid, at }: StartedProcess): bigint {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  let last = at;
  for (;;) {
    const now = process.hrtime.bigint();
    if (now - at > patience) return at;
    if (!namesOfNode.has(nameOf(pid) ?? '')) return last;
    last = now;
    Atomics.wait(sleeper, 0, 0, pace);
  }
}

function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
