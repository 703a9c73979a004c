import type { Ulimit } from '../types.ts';
import type { Libc } from './libc.ts';
import { step } from './step.ts';

/** Resources as in bits/resource.h, by the names of `--ulimit`. */
const resources: Readonly<Record<string, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};
/** More open files than this make some old programs spend minutes on closing them all. */
const mostFiles = 1_048_576n;

/** Sets limits of resources (setrlimit(2)); negative ones mean none. Open files are always limited. */
export function limitProcess(libc: Libc, ulimits: readonly Ulimit[]): void {
  for (const { name, soft, hard } of ulimits) {
    step(`set the limit ${name}`, () => {
      const resource = resources[name];
      if (resource === undefined) throw Object.assign(new Error('unknown'), { code: 'unknown limit' });
      setLimit(libc, resource, toLimit(soft), toLimit(hard));
    });
  }
  if (!ulimits.some(({ name }) => name === 'nofile')) step('limit open files', () => limitFiles(libc));
}

function toLimit(value: number): bigint {
  return value < 0 ? 0xffffffffffffffffn : BigInt(value);
}

function setLimit(libc: Libc, resource: number, soft: bigint, hard: bigint): void {
  libc.callWith('prlimit64', [0, resource, bytesOf(soft, hard), null]);
}

function bytesOf(...values: readonly bigint[]): Uint8Array {
  return new Uint8Array(new BigUint64Array(values).buffer);
}

function limitFiles(libc: Libc): void {
  const now = new BigUint64Array(2);
  const { nofile = 7 } = resources;
  libc.callWith('prlimit64', [0, nofile, null, new Uint8Array(now.buffer)]);
  const hard = now[1] ?? 0n;
  const most = hard < mostFiles ? hard : mostFiles;
  setLimit(libc, nofile, most, most);
}
