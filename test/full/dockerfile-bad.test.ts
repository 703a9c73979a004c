/** The long ones: a context of a million files, and a hundred kills. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../components/program.ts';
import { kitNeeds, openKit } from '../e2e/dockerfile-kit.ts';
import type { Kit } from '../e2e/dockerfile-kit.ts';
import { killDockerfileBuilds } from '../e2e/killing-dockerfiles.ts';
import { peakOf } from '../e2e/processes.ts';
import { write } from '../e2e/tiny.ts';

describeWith(kitNeeds, 'on a very bad day', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await openKit();
  });
  afterAll(async () => kit.stop());

  it('a hundred builds that are killed leave nothing that changes the next', async () => {
    await killDockerfileBuilds(kit, 100);
  }, 3_600_000);

  it('a context of a million files is built in memory that its names need', async () => {
    const context = kit.context({ Dockerfile: 'FROM scratch\nCOPY wanted /\n', wanted: 'x' });
    for (let directory = 0; directory < 1000; directory++) {
      const place = path.join(context, 'many', String(directory));
      mkdirSync(place, { recursive: true });
      for (let file = 0; file < 1000; file++) writeFileSync(path.join(place, String(file)), '');
    }
    const env = { CORACLE_HOME: kit.machine().home };
    const one = await peakOf(['build', '-t', 'one', context], env);
    expect(one.code).toBe(0);
    expect(one.megabytes).toBeLessThan(200);
    write(context, { Dockerfile: 'FROM scratch\nCOPY . /\n' });
    const all = await peakOf(['build', '-t', 'all', context], env);
    expect(all.code).toBe(0);
    expect(all.megabytes).toBeLessThan(4000);
  }, 1_800_000);
});
