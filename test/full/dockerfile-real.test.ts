/** Every example's Dockerfile, built by every kind of user; the same image for each who has the ids. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../components/program.ts';
import { parseJson } from '../support/json.ts';
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

  it('that compiles for two platforms on one gives an index of both', async () => {
    const shop = await openWorkshop('single');
    const built = await shop.build(projects.cross, ['-o', `${shop.root}/out`]);
    await shop.ask('cross-hello', projects.cross);
    const index = parseJson<{ manifests: { platform: { architecture: string } }[] }>(
      readFileSync(path.join(shop.home, 'store', 'blobs', digestOf(built).replace(':', '/')), 'utf8'),
    );
    expect(index.manifests.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64']);
    // e_machine: x86-64 and AArch64.
    for (const [platform, machine] of [
      ['linux_amd64', 0x3e],
      ['linux_arm64', 0xb7],
    ] as const)
      expect(readFileSync(path.join(shop.root, 'out', platform, 'hello')).readUInt16LE(18)).toBe(machine);
    await shop.stop();
  }, 1_800_000);
});
