import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What /proc says of a program that runs (proc(5)). */

/** A process and all that came of it: orphans of a process table of its own come to its first process. */
export function familyOf(pid: number): number[] {
  const found: number[] = [];
  const left = [pid];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    found.push(next);
    for (const thread of list(`/proc/${next}/task`)) {
      const children = text(`/proc/${next}/task/${thread}/children`)?.trim() ?? '';
      if (children !== '') left.push(...children.split(/\s+/).map(Number));
    }
  }
  return found;
}

/**
 * Bytes of memory of a program: of each of its processes the proportional set size, in which what several share counts once; the resident
 * set size where the kernel does not tell that. Undefined when it has ended.
 */
export function memoryOf(pid: number): number | undefined {
  let sum = 0;
  for (const each of familyOf(pid)) {
    const kilobytes =
      field(`/proc/${each}/smaps_rollup`, /^Pss:\s+(\d+) kB$/m) ??
      field(`/proc/${each}/status`, /^VmRSS:\s+(\d+) kB$/m);
    sum += (kilobytes ?? 0) * 1024;
  }
  return sum > 0 ? sum : undefined;
}

/** True when a process has ended, whether or not its parent has asked how. */
export function hasEnded(pid: number): boolean {
  const stat = text(`/proc/${pid}/stat`);
  if (stat === undefined) return true;
  return ['Z', 'X'].includes(stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3));
}

/** Ports at which a program accepts TCP connections, lowest first. */
export function listeningPorts(pid: number): number[] {
  const sockets = new Set(familyOf(pid).flatMap(socketsOf));
  const ports = ['tcp', 'tcp6'].flatMap((table) =>
    (text(`/proc/${pid}/net/${table}`) ?? '')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === listening && sockets.has(inode ?? ''))
      .map(([, local = '']) => Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16)),
  );
  return [...new Set(ports)].toSorted((a, b) => a - b);
}

/** TCP_LISTEN of the kernel's include/net/tcp_states.h. */
const listening = '0A';

/** Inodes of the sockets that a process holds open. */
function socketsOf(pid: number): string[] {
  return list(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      const found = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`));
      return found?.[1] === undefined ? [] : [found[1]];
    } catch {
      return [];
    }
  });
}

function field(file: string, form: RegExp): number | undefined {
  const found = form.exec(text(file) ?? '');
  return found ? Number(found[1]) : undefined;
}

/** Processes end at any moment. */
function text(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
