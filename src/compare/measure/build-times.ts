import { createHash } from 'node:crypto';
import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import { version } from '../../core/version.ts';
import { openStore } from '../../store/store.ts';
import type { BuildHow, Method } from '../method.ts';
import type { Measured } from '../types.ts';
import { withCopy, type ProgramCopy, type ProgramSource } from './copy.ts';
import { median } from './median.ts';
import type { BuildTimes } from './types.ts';

const bucket = `compare-build-times-${version}`;

/** What times belong to. */
export interface TimedProgram extends ProgramSource {
  /** All else that decides how it is built: Go version, settings. */
  readonly key: string;
}

/**
 * Builds with no caches, then again with nothing changed, then with one line of the program changed, and keeps how long each took, with the
 * day. All builds are of one copy of the source.
 * @param rounds that medians are of, of all but the first: 1 where it is not said
 */
export async function buildTimes(
  ctx: Ctx,
  method: Pick<Method, 'name' | 'kind' | 'build'>,
  program: TimedProgram,
  rounds = 1,
): Promise<BuildTimes> {
  if (method.kind === 'image') return none('an image that was given is not built here');
  try {
    const work = async ({ directory, change }: ProgramCopy): Promise<BuildTimes> => {
      const time = async (how: Omit<BuildHow, 'directory'> = {}): Promise<number> => {
        const began = process.hrtime.bigint();
        await method.build(ctx, { ...how, directory });
        return Number(process.hrtime.bigint() - began) / 1e6;
      };
      const cold = await time({ fresh: true });
      // What a build without caches has kept may not be what the next one looks for.
      await time();
      const [unchanged, changed]: [number[], number[]] = [[], []];
      for (let round = 0; round < Math.max(1, rounds); round++) {
        unchanged.push(await time());
        await change();
        changed.push(await time());
      }
      const at = ctx.now().toISOString();
      const dated = (values: readonly number[]): Measured => ({ ...median(values), at });
      return { coldBuild: dated([cold]), changedBuild: dated(changed), unchangedBuild: dated(unchanged) };
    };
    // A change that nobody made before: the result of any other may be kept, by the second release or by an earlier comparison.
    const times = await withCopy(ctx, program, work, ctx.now().getTime());
    const { cache } = await openStore(ctx);
    // Losing them costs only time.
    await cache.set(bucket, keyOf(method.name, program), times).catch(() => undefined);
    return times;
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!isToolError(error)) throw error;
    return none(`it could not be built: ${error.message}`);
  }
}

/** What an earlier comparison measured, with its day; undefined when none did. */
export async function recallBuildTimes(
  ctx: Ctx,
  method: Pick<Method, 'name'>,
  program: TimedProgram,
): Promise<BuildTimes | undefined> {
  const { cache } = await openStore(ctx);
  return cache.get<BuildTimes>(bucket, keyOf(method.name, program));
}

function keyOf(method: string, { directory, main, key }: TimedProgram): string {
  return createHash('sha256')
    .update(JSON.stringify([method, directory, main, key]))
    .digest('hex');
}

function none(reason: string): BuildTimes {
  const missing = { missing: reason };
  return { coldBuild: missing, changedBuild: missing, unchangedBuild: missing };
}
