import { openGround } from '../test/e2e/deploy-kit.ts';
import type { Ended, Ground } from '../test/e2e/deploy-kit.ts';
import { startLoad } from '../test/components/load.ts';
import type { Case } from './case.ts';

/** Three hosts (Docker, Docker, Podman) with two images of one service, under load. */
export interface Fleet {
  /** Seconds from the command's start to the first request that the other release answered. */
  readonly release: () => Promise<number>;
  /** Seconds from the moment that all hosts are connected to until all of them serve the earlier release. */
  readonly back: () => Promise<number>;
  readonly close: () => Promise<void>;
}

export async function openFleet(): Promise<Fleet> {
  const ground = await openGround(['docker', 'docker', 'podman']);
  const versions = ['one', 'two'];
  for (const version of versions) await ground.image(version);
  // No step is watched: what is measured is our own time.
  ground.configure({ judge: { window: '100ms', sample: 1, noData: 'pass' } });
  succeeded(await ground.begin('deploy', '--image', 'web:two').ended);
  let deployed = 0;
  const release = async (): Promise<number> => released(ground, versions[deployed++ % 2] ?? '');
  return {
    release,
    back: async () => wentBack(ground),
    close: async () => ground.stop(),
  };
}

async function released(ground: Ground, version: string): Promise<number> {
  const load = await startLoad(ground.urls, { slow: false, websockets: false, connections: 2 });
  try {
    const began = Date.now();
    succeeded(await ground.begin('deploy', '--image', `web:${version}`).ended);
    const answered = load.report().versions[version];
    if (answered === undefined) throw new Error('no request was answered by the new release');
    return (answered.first - began) / 1000;
  } finally {
    await load.stop();
  }
}

async function wentBack(ground: Ground): Promise<number> {
  const running = ground.begin('rollback');
  succeeded(await running.ended);
  const when = (phase: string): number =>
    Math.max(
      ...running.events.map((event) =>
        event.kind === 'host' && event.phase === phase && event.state === 'done' ? event.at : 0,
      ),
    );
  return (when('shift') - when('connect')) / 1000;
}

function succeeded({ code, errors }: Ended): void {
  if (code !== 0) throw new Error(errors);
}

export function deployCases(fleet: Fleet): Case[] {
  return [
    {
      work: 'deploying to three hosts, until the first request on the new release',
      unit: 's',
      rounds: 5,
      contenders: { ours: fleet.release },
    },
    {
      work: 'rolling back three hosts, from when they are connected',
      unit: 's',
      rounds: 7,
      target: { words: '1 s', reached: ({ ours = Infinity }) => ours <= 1 },
      contenders: { ours: fleet.back },
    },
  ];
}
