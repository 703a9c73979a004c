/** Every example's Dockerfile, built by every kind of user; the same image for each who has the ids. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../components/program.ts';
import { digestOf } from '../e2e/project.ts';
import { openWorkshop, projects, realNeeds } from '../e2e/real-projects.ts';

describeWith(realNeeds, 'the examples', () => {
  it.each(['root', 'single', 'subids'] as const)(
    'are built by %s, run, and are the same without cache',
    async (who) => {
      const shop = await openWorkshop(who);
      try {
        for (const project of Object.values(projects)) {
          const layout = path.join(shop.root, `layout-${project.name}`);
          const built = await shop.build(project, ['-o', `type=oci,tar=false,dest=${layout}`]);
          await shop.ask(project.name, project);
          const again = await shop.build(project, ['--no-cache']);
          expect([project.name, digestOf(again)]).toEqual([project.name, digestOf(built)]);
        }
      } finally {
        await shop.stop();
      }
    },
    1_800_000,
  );
});
