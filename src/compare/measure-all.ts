import { step } from '../build/times.ts';
import type { Ctx } from '../core/ctx.ts';
import type { Store } from '../store/store.ts';
import { buildTimes, recallBuildTimes } from './measure/build-times.ts';
import type { TimedProgram } from './measure/build-times.ts';
import { withCopy } from './measure/copy.ts';
import { figuresOf } from './measure/figures.ts';
import { findProbe } from './measure/find-probe.ts';
import { secondRelease } from './measure/second-release.ts';
import { measureStarts } from './measure/starts.ts';
import type { FoundProbe } from './measure/types.ts';
import type { ComparedProgram } from './program.ts';
import type { CompareRequest } from './request.ts';
import type { Row } from './rows.ts';

/** Measures every row that was built, one measurement after the other: each has the machine for itself. */
export async function measureAll(
  ctx: Ctx,
  store: Store,
  program: ComparedProgram,
  request: CompareRequest,
  rows: readonly Row[],
): Promise<FoundProbe> {
  const there = rows.flatMap((row) => (row.built ? [{ row, built: row.built }] : []));
  const images = there.map(({ built }) => built);
  await step(ctx, 'look into each image', async () => {
    for (const { row, built } of there) row.figures = await figuresOf(ctx, store, built);
  });
  const found = await step(ctx, 'find out when the program is ready', async () =>
    findProbe(ctx, images, request.probe),
  );
  const starts = await step(ctx, 'start each in turn', async () =>
    measureStarts(ctx, images, found, request.starts),
  );
  there.forEach(({ row }, index) => {
    const started = starts[index];
    if (!started) return;
    row.started = started;
    if (started.failure) row.failure = started.failure;
  });
  const source = sourceOf(program);
  await step(ctx, 'build a second release of each', async () =>
    withCopy(ctx, source, async (copy) => {
      await copy.change();
      for (const { row, built } of there) row.second = await secondRelease(ctx, row.method, built, copy);
    }),
  );
  for (const row of rows) {
    const times = request.buildTimes
      ? await step(ctx, `measure builds of ${row.method.name}`, async () =>
          buildTimes(ctx, row.method, source),
        )
      : await recallBuildTimes(ctx, row.method, source);
    if (times) row.times = times;
  }
  return found;
}

function sourceOf({ context, packages, toolchain, go, cgo, request }: ComparedProgram): TimedProgram {
  return {
    directory: context,
    main: packages[0]?.dir ?? '.',
    key: JSON.stringify([toolchain.version, packages.map(({ path }) => path), go, cgo, request.image]),
  };
}
