import { reorder } from './reorder.ts';
import type { ReadLine } from './select.ts';

/** Where lines go. */
export interface LogSink {
  /** @returns false when nobody reads any more */
  lines(lines: readonly ReadLine[]): Promise<boolean>;
  /** Words about the lines: a host was lost. */
  remark(text: string): Promise<void>;
}

export interface Pump {
  /** Resolves when the line is written, or waits for later ones: who reads logs must not be faster than who shows them. */
  push(line: ReadLine): Promise<void>;
  /** Between the lines. */
  remark(text: string): Promise<void>;
  /** Writes what is held. */
  end(): Promise<void>;
}

/** Milliseconds that a live line waits for an older one of another host. */
const wait = 300;
const pace = 100;
/** Lines that wait. */
const room = 2000;

/** Puts live lines of several hosts in order and writes them, one batch after the other. `gone` is called when nobody reads any more. */
export function openPump(sink: LogSink, gone: () => void): Pump {
  const buffer = reorder<ReadLine>(wait, room);
  let chain = Promise.resolve();
  const inTurn = async (work: () => Promise<void>): Promise<void> => {
    const turn = chain.then(work);
    chain = turn.catch(() => undefined);
    return turn;
  };
  const write = async (lines: readonly ReadLine[]): Promise<void> => {
    if (lines.length === 0) return;
    await inTurn(async () => {
      if (!(await sink.lines(lines))) gone();
    });
  };
  const now = (): number => performance.now();
  const timer = setInterval(() => void write(buffer.due(now())), pace);
  return {
    push: async (line) => write(buffer.push(line, now())),
    remark: async (text) => inTurn(async () => sink.remark(text)),
    async end() {
      clearInterval(timer);
      await write(buffer.rest());
    },
  };
}
