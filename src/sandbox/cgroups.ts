import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { messageOf } from '../core/errors.ts';
import type { ProcessSpec } from './types.ts';

/** A control group of a sandbox's own. */
export interface Limits {
  /** Files that the first process writes itself into. */
  readonly join: readonly string[];
  /** When no process is left. */
  release(): Promise<void>;
}

const root = '/sys/fs/cgroup';
/** Microseconds. */
const period = 100_000;

/** Sets limits, where the machine allows it, and warns where it does not. */
export async function limitResources(ctx: Ctx, limits: ProcessSpec['limits'] = {}): Promise<Limits> {
  const made: string[] = [];
  const release = async (): Promise<void> => {
    for (const directory of made) await fs.rmdir(directory).catch(() => undefined);
  };
  const name = `coracle-${randomBytes(6).toString('hex')}`;
  try {
    for (const [directory, settings] of await wanted(limits, name)) {
      await fs.mkdir(directory);
      made.push(directory);
      for (const [file, value] of settings) await fs.writeFile(path.join(directory, file), value);
    }
    return { join: made.map((directory) => path.join(directory, 'cgroup.procs')), release };
  } catch (error) {
    await release();
    ctx.emit({
      kind: 'warning',
      message: `the limits of memory, CPU or processes are not set: ${messageOf(error)}`,
      hint: 'Only who may make control groups can set limits: root of the machine.',
    });
    return { join: [], release: async () => undefined };
  }
}

type Wanted = readonly (readonly [directory: string, settings: readonly (readonly [string, string])[]])[];

async function wanted(
  { memory, cpus, pids }: NonNullable<ProcessSpec['limits']>,
  name: string,
): Promise<Wanted> {
  if (memory === undefined && cpus === undefined && pids === undefined) return [];
  const quota = cpus === undefined ? undefined : Math.round(cpus * period);
  const own = await fs.readFile('/proc/self/cgroup', 'utf8');
  if (own.startsWith('0::')) {
    const settings = [
      ...(memory === undefined ? [] : [['memory.max', String(memory)] as const]),
      ...(quota === undefined ? [] : [['cpu.max', `${quota} ${period}`] as const]),
      ...(pids === undefined ? [] : [['pids.max', String(pids)] as const]),
    ];
    await fs.writeFile(path.join(root, 'cgroup.subtree_control'), '+memory +cpu +pids');
    return [[path.join(root, name), settings]];
  }
  const below = (controller: string): string => {
    const line = own.split('\n').find((each) => each.split(':')[1]?.split(',').includes(controller));
    return path.join(root, controller, line?.split(':')[2] ?? '', name);
  };
  return [
    ...(memory === undefined
      ? []
      : [[below('memory'), [['memory.limit_in_bytes', String(memory)]]] as const]),
    ...(quota === undefined
      ? []
      : [
          [
            below('cpu'),
            [
              ['cpu.cfs_period_us', String(period)],
              ['cpu.cfs_quota_us', String(quota)],
            ],
          ] as const,
        ]),
    ...(pids === undefined ? [] : [[below('pids'), [['pids.max', String(pids)]]] as const]),
  ];
}
