import type { Stage } from '../types.ts';
import type { ShipWork } from '../work.ts';

/** Builds the image; at once when nothing changed. */
export function buildStage(work: ShipWork): Stage {
  return {
    name: 'build',
    summary: 'the image is built',
    async run() {
      const { built, name } = await work.image();
      if (built === undefined)
        return { verdict: 'skipped', summary: `${name} was named, nothing is built`, findings: [] };
      const [image] = built.images;
      const size = image?.platforms.reduce((sum, platform) => sum + platform.size, 0) ?? 0;
      const platforms = image?.platforms.map(({ platform }) => platform) ?? [];
      return {
        verdict: 'passed',
        summary: `${(size / 1e6).toFixed(1)} MB for ${platforms.join(', ')}${built.unchanged ? ', unchanged' : ''}`,
        findings: [],
        data: {
          references: image?.references ?? [],
          digest: image?.descriptor.digest ?? '',
          platforms,
          size,
          unchanged: built.unchanged,
          notes: image?.notes ?? [],
        },
      };
    },
  };
}
