import { isObject } from '../../../core/json.ts';

/** What a container uses, as its runtime says it. */
export interface Usage {
  readonly name: string;
  /** Percent of one processor. */
  readonly cpu: number;
  /** Bytes; the limit is the machine's memory where there is none. */
  readonly memory: number;
  readonly limit: number;
  readonly pids: number;
  /** Milliseconds of processor since its start, where the runtime says it. */
  readonly cpuTime: number | undefined;
}

/** Reads what `docker stats` or `podman stats` printed: objects, one on a line, or a list of them. What is not of their form is passed over. */
export function readUsage(text: string): Usage[] {
  return objectsIn(text).flatMap((object) => {
    const cell = (...names: readonly string[]): string => {
      const value = names.map((name) => object[name]).find((each) => each !== undefined);
      return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    };
    const name = cell('Name', 'name');
    const [memory, limit] = cell('MemUsage', 'mem_usage').split(' / ').map(bytesOf);
    if (!/^[\w][\w.-]{0,200}$/.test(name) || memory === undefined) return [];
    return [
      {
        name,
        cpu: percentOf(cell('CPUPerc', 'cpu_percent')),
        memory,
        limit: limit ?? 0,
        pids: Number(/^\d{1,9}$/.exec(cell('PIDs', 'pids'))?.[0] ?? 0),
        cpuTime: durationOf(cell('cpu_time')),
      },
    ];
  });
}

function objectsIn(text: string): Readonly<Record<string, unknown>>[] {
  const whole = parsed(text);
  const all = whole === undefined ? text.split('\n').map((line) => parsed(line)) : whole;
  return (Array.isArray(all) ? all : [all]).filter((each) => isObject(each));
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

const units: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** `12.3MiB` of Docker, `766kB` of Podman. */
function bytesOf(text: string): number | undefined {
  const form = /^(\d{1,15}(?:\.\d{1,9})?) ?([kmgt]?i?b)$/i.exec(text.trim());
  const unit = units[(form?.[2] ?? '').toLowerCase()];
  return form && unit !== undefined ? Math.round(Number(form[1]) * unit) : undefined;
}

function percentOf(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  return Number.isFinite(value) && value >= 0 ? value : 0;
}

const spans: Readonly<Record<string, number>> = {
  h: 3600e3,
  m: 60e3,
  s: 1e3,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** A duration as Go writes it, in milliseconds: `1m2.5s`, `49.3ms`. */
function durationOf(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/.test(text) || text.length > 40) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (spans[unit ?? ''] ?? 0),
    0,
  );
}
