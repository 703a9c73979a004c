import { pushImage } from '../../images/copy.ts';
import { namesRegistry } from '../../images/place.ts';
import type { Stage } from '../types.ts';
import type { ShipWork } from '../work.ts';

/** Pushes the image where `image:` of coracle.yaml says, when it names a registry. */
export function pushStage(work: ShipWork): Stage {
  return {
    name: 'push',
    summary: 'the registry has the image',
    async run(_state, ctx) {
      const { config } = await work.loaded();
      const { built, references } = await work.image();
      const [reference] = references;
      if (built === undefined || reference === undefined)
        return { verdict: 'skipped', summary: 'the image was named, not built', findings: [] };
      if (config.image === undefined || !namesRegistry(config.image))
        return {
          verdict: 'skipped',
          summary: 'image: names no registry; hosts get it through ssh',
          findings: [],
        };
      const { to, copied, present, mounted, bytes, descriptor } = await pushImage(ctx, {
        from: reference,
        access: await work.access(),
      });
      const moved =
        copied === 0 ? 'it had all of it' : `${copied} blobs sent, ${(bytes / 1e6).toFixed(1)} MB`;
      return {
        verdict: 'passed',
        summary: `${to}: ${moved}`,
        findings: [],
        data: { to, digest: descriptor.digest, copied, mounted, present, bytes },
      };
    },
  };
}
