/** Everything that can fail without consequences, before anything of a release runs. */
import type { Fleet } from '../fleet.ts';
import type { StartSpec } from '../host/types.ts';
import type { Parts } from '../parts.ts';
import type { DeployImage } from '../types.ts';
import { unless } from '../until.ts';
import { checkHosts } from './check.ts';
import { masker, runJobs, startAccessories } from './jobs.ts';
import { everywhere } from './place.ts';
import type { Place, Run } from './place.ts';

/** What is there once everything that can fail without consequences is done. */
export interface Ready {
  readonly specOf: (place: Place) => StartSpec;
  readonly mask: (text: string) => string;
}

/** Secrets, checks, image, proxy, accessories, jobs: nothing of the release runs yet, and every failure is just thrown. */
export async function prepare(run: Run, image: DeployImage, fleet: Fleet, parts: Parts): Promise<Ready> {
  const { ctx, settings, stop, places, release } = run;
  const secrets = await unless(stop, parts.readAllSecrets(ctx, settings));
  checkHosts(
    ctx,
    places.map(({ name, agent }) => ({ name, facts: agent.facts })),
    image,
  );
  const images = await unless(stop, parts.bringImage(ctx, fleet, image, release, settings));
  if (settings.proxy) {
    await everywhere(run, places, async (place) => {
      place.proxy = await parts.ensureProxy(ctx, place, settings);
    });
  }
  const specOf = (place: Place): StartSpec => ({
    release,
    image: images.get(place.name) ?? '',
    settings: settings.container,
    values: { ...settings.container.env, ...secrets.service },
  });
  const mask = masker(
    [secrets.service, ...Object.values(secrets.accessories)].flatMap((values) => Object.values(values)),
  );
  await startAccessories(run, settings.accessories, (one) => ({
    ...one.env,
    ...secrets.accessories[one.name],
  }));
  await runJobs(run, settings.jobs.before, specOf, mask);
  return { specOf, mask };
}
