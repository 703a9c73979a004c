import { baseFlags } from './build-flags.ts';
import { registryFlags } from './flags.ts';
import type { Flag } from './verb.ts';

type Said = Exclude<(typeof baseFlags)[number], { readonly name: 'base' }>;

/** The flags of bases, without the name, which is an argument here. */
const settings = baseFlags.filter((flag): flag is Said => flag.name !== 'base');

/** Flags of every verb that needs to know what a base is made from. */
export const baseSettingFlags = [
  ...settings,
  {
    name: 'add-ca',
    type: 'string',
    value: 'FILE',
    repeatable: true,
    help: 'Add the certificates in this PEM file to the authorities of the base.',
    config: 'addCa',
    group: 'Base',
    completes: 'file',
  },
  {
    name: 'config',
    type: 'string',
    value: 'FILE',
    help: 'Read this file in place of the coracle.yaml of this directory.',
    group: 'What to read',
    completes: 'file',
  },
  {
    name: 'lock',
    type: 'string',
    value: 'FILE',
    default: 'coracle.lock',
    help: 'Obey this lock where it holds the base.',
    group: 'What to read',
    completes: 'file',
  },
  ...registryFlags,
] as const satisfies readonly Flag[];

/** Of `base list`: what says whether a base can be had here. */
export const baseListFlags = baseSettingFlags.filter(({ name }) =>
  /^(?:config$|debian-|alpine-repo)/.test(name),
);

/** Of `base build`. */
export const baseBuildFlags = [
  {
    name: 'tag',
    short: 't',
    type: 'string',
    value: 'REF',
    repeatable: true,
    default: 'a name in the store only',
    help: 'Name of the image, such as registry.example.com/team/base:1.',
  },
  {
    name: 'platform',
    type: 'string',
    value: 'LIST',
    repeatable: true,
    default: "this machine's",
    help: 'Platforms to make it for, such as linux/amd64,linux/arm64; several make an index.',
    config: 'platforms',
  },
  ...baseSettingFlags,
  { name: 'push', type: 'boolean', help: 'Push to the registries that the tags name.', group: 'Result' },
  { name: 'load', type: 'boolean', help: 'Load into the Docker or Podman that runs here.', group: 'Result' },
  {
    name: 'output',
    short: 'o',
    type: 'string',
    value: 'DEST',
    repeatable: true,
    help: 'Write it elsewhere too: type=oci,dest=base.tar, type=docker, type=tar, type=local,dest=DIR; a path alone is type=local, `-` a tar on stdout.',
    group: 'Result',
  },
] as const satisfies readonly Flag[];

/** Of the verbs that look at one image of a base. */
export const baseLookFlags = [
  {
    name: 'platform',
    type: 'string',
    value: 'PLATFORM',
    default: "this machine's",
    help: 'The image for this platform, such as linux/arm64.',
  },
  ...baseSettingFlags,
] as const satisfies readonly Flag[];

/** Of `base verify`. */
export const baseVerifyFlags = [
  ...baseLookFlags,
  {
    name: 'run',
    type: 'string',
    value: 'COMMAND',
    repeatable: true,
    help: "Run this inside too; it must exit 0. The base's shell runs it where there is one.",
    config: 'base.verify',
    group: 'Tests',
  },
  {
    name: 'sandbox',
    type: 'string',
    value: 'NAME',
    choices: ['auto', 'builtin', 'runc', 'chroot'],
    default: 'auto',
    help: 'What the tests run in; see docs/sandbox.md.',
    group: 'Tests',
  },
] as const satisfies readonly Flag[];
