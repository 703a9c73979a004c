import type { Flag } from './verb.ts';

/** Flags of every verb that talks to registries. */
export const registryFlags = [
  {
    name: 'insecure-registry',
    type: 'string',
    value: 'HOST',
    repeatable: true,
    help: 'Talk to this registry over plain HTTP, or over HTTPS without checking its certificate. Loopback needs no such flag.',
    group: 'Registry',
  },
  {
    name: 'ca',
    type: 'string',
    value: 'FILE',
    help: 'Trust the certificate authorities in this PEM file when talking to registries.',
    group: 'Registry',
    completes: 'file',
  },
] as const satisfies readonly Flag[];

/** Flag of the verbs that read the settings of a build. */
export const environmentFlag = {
  name: 'environment',
  type: 'string',
  value: 'ENV',
  default: 'none',
  help: 'Settings as this environment of coracle.yaml has them; without it `environments:` has no part in them.',
} as const satisfies Flag;

/** Flag of the verbs that can take one image out of an index. */
export const platformFlag = {
  name: 'platform',
  type: 'string',
  value: 'PLATFORM',
  default: 'the whole index',
  help: 'Of an index, only the image for this platform, such as linux/arm64.',
} as const satisfies Flag;
