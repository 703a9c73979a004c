/**
 * Damage by chance that can be repeated, and a process of its own for what reads it: there a hang can be ended, and memory be measured.
 */
import { spawn } from 'node:child_process';
import { expect } from 'vitest';
import { parseJson } from './json.ts';

/** A number from 0 up to, not including, `below`. */
export type Random = (below: number) => number;

/** Numbers that are the same for the same seed (Marsaglia's xorshift). */
export function randomFrom(seed: number): Random {
  let state = (seed * 2_654_435_761 + 0x9e37_79b9) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  for (let round = 0; round < 8; round++) next();
  return (below) => next() % below;
}

/** A copy that is cut, or in which bits and bytes are others. Half of the changes are near `places`, where tables begin. */
export function damaged(original: Buffer, random: Random, places: readonly number[]): Buffer {
  const how = random(8);
  if (how === 0) return Buffer.from(original.subarray(0, random(original.length)));
  const bytes = Buffer.from(original);
  const somewhere = (): number => {
    const place = random(2) === 0 ? undefined : places[random(Math.max(1, places.length))];
    return place === undefined ? random(bytes.length) : Math.min(place + random(256), bytes.length - 1);
  };
  if (how === 1) {
    const start = somewhere();
    bytes.fill(random(2) === 0 ? 0 : 255, start, Math.min(start + random(4096), bytes.length));
    return bytes;
  }
  for (let change = 0; change <= random(8); change++) {
    const at = somewhere();
    const values = [0, 1, 0x7f, 0x80, 0xff, random(256), (bytes[at] ?? 0) ^ (1 << random(8))];
    bytes[at] = values[random(values.length)] ?? 0;
  }
  return bytes;
}

/** What a worker says at its end. */
export interface Fuzzed {
  /** How often each outcome came. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Peak resident memory of the process, in bytes. */
  readonly memory: number;
}

/** Milliseconds without a word after which a worker counts as hanging. A damaged input takes milliseconds, on a busy machine tenths of seconds. */
const patience = 120_000;

/** Runs a worker that calls `fuzzAll`. @throws Error that names the run in which it crashed or hung */
export async function runFuzzWorker(worker: string, args: readonly string[]): Promise<Fuzzed> {
  const child = spawn(process.execPath, [worker, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let last = '';
  let errors = '';
  let timer = setTimeout(() => child.kill('SIGKILL'), patience);
  child.stdout.on('data', (bytes: Buffer) => {
    clearTimeout(timer);
    timer = setTimeout(() => child.kill('SIGKILL'), patience);
    const lines = (last + bytes.toString()).trimEnd().split('\n');
    last = `${lines.at(-1) ?? ''}\n`;
  });
  child.stderr.on('data', (bytes: Buffer) => {
    errors += bytes.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearTimeout(timer);
  expect({ code, errors, run: code === 0 ? '' : last }).toEqual({
    code: 0,
    errors: '',
    run: '',
  });
  return parseJson<Fuzzed>(last);
}

/**
 * The worker's side: `runs` damaged inputs, one after the other. What `read` throws ends it, so that it must catch what may be thrown.
 * @param read gives a word for what happened
 */
export async function fuzzAll(
  runs: number,
  read: (random: Random, run: number) => Promise<string>,
): Promise<void> {
  const outcomes: Record<string, number> = {};
  for (let run = 0; run < runs; run++) {
    process.stdout.write(`run ${run}\n`);
    const outcome = await read(randomFrom(run), run);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  const memory = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(`${JSON.stringify({ outcomes, memory })}\n`);
}
