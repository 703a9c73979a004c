import type { DockerfileSettings } from '../types.ts';

/** What `coracle build` says of a Dockerfile when no flag is given. */
export const plainDockerfile: DockerfileSettings = {
  args: {},
  contexts: {},
  secrets: [],
  ssh: [],
  addHosts: [],
  network: 'default',
  ulimits: [],
  allow: [],
  sandbox: 'auto',
  pull: false,
  keepTimestamps: false,
  noCacheStages: [],
  cacheFrom: [],
  cacheTo: [],
  cacheMounts: false,
  goCache: true,
  explain: false,
  dryRun: false,
  verify: false,
};
