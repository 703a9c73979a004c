/** Builds of a Dockerfile that are killed (SIGKILL) at any moment, and what must be true of what they leave behind. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { testCtx } from '../support/ctx.ts';
import type { Kit } from './dockerfile-kit.ts';
import { start, survivors } from './processes.ts';
import { digestOf } from './project.ts';
import { write } from './tiny.ts';

/** Longer than a build takes, in milliseconds. */
const lasts = 1200;

/** Kills `times` builds, one after the other, in one home; each is then built to its end, and elsewhere, and must be the same. */
export async function killDockerfileBuilds(kit: Kit, times: number): Promise<void> {
  const machine = kit.machine();
  const env = { CORACLE_HOME: machine.home };
  for (let round = 0; round < times; round++) {
    const context = kit.context({
      Dockerfile: `FROM BASE AS one
RUN seq 1 200000 >/numbers; echo ${round} >>/numbers
FROM BASE
COPY file /
RUN --mount=type=cache,target=/c echo x >>/c/x; rm /etc/group; seq ${round} 100000 >/more
COPY --from=one /numbers /
RUN wc /numbers >/count
`,
    });
    write(context, { file: `${round}\n`.repeat(200_000) });
    const running = start(['build', context], { env });
    await sleep(Math.random() * lasts);
    running.strike('SIGKILL', 'process');
    await running.ended;
    expect(await survivors(running)).toEqual([]);
    const again = digestOf(await machine.build(context));
    // A home that never saw a kill; one for all rounds would hide nothing, and is quicker to fill.
    const elsewhere = digestOf(await kit.machine().build(context));
    expect([round, again]).toEqual([round, elsewhere]);
  }
  const verdicts: unknown[] = [];
  const store = await openStore(testCtx({ home: machine.home }));
  for await (const verdict of store.verify()) if (!verdict.ok) verdicts.push(verdict);
  expect(verdicts).toEqual([]);
}
