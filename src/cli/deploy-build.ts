import type { Door } from '../build/dockerfile/build.ts';
import type { BuildResult } from '../build/types.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { BuildInput } from './build-config.ts';
import { buildFlags } from './build-flags.ts';
import type { DeployCall } from './deploy-flags.ts';
import { registryFlags } from './flags.ts';
import { invocationOf } from './invocation.ts';
import type { Flag, Parsed } from './verb.ts';

/** Flags of the verbs that build what they deploy. */
export const deployBuildFlags = [
  {
    name: 'platform',
    type: 'string',
    value: 'LIST',
    repeatable: true,
    help: 'Platforms to build for, such as linux/amd64,linux/arm64; those of the hosts.',
    config: 'platforms',
    group: 'What to deploy',
  },
  {
    name: 'push',
    type: 'boolean',
    help: 'Push the image where its name says, so that hosts pull it from there.',
    group: 'What to deploy',
  },
  {
    name: 'locked',
    type: 'boolean',
    help: 'Refuse to use any input that the lock does not pin.',
    group: 'What to deploy',
  },
  ...registryFlags,
] as const satisfies readonly Flag[];

type Flags = (typeof deployBuildFlags)[number];
export type DeployBuildInput = Parsed<
  Extract<Flags, { type: 'boolean' }>['name'],
  Extract<Flags, { type: 'string' }>['name'] | 'config'
>;

/**
 * Builds the project as `coracle build` does in its directory, and shares what that remembers: at once when nothing changed.
 * @throws ToolError as a build
 */
export async function buildForDeploy(
  ctx: Ctx,
  call: Pick<DeployCall, 'what' | 'loaded'>,
  input: DeployBuildInput,
  push: boolean,
): Promise<BuildResult> {
  const { buildIfChanged } = await import('../build/unchanged.ts');
  const words = buildInputOf(call, input, push);
  const invocation = invocationOf(buildFlags, words, ctx.env);
  let apart = false;
  const door: Door = {
    // Inside a user namespace ssh would look for another home: what needs one is built by a process of its own.
    enterUserNamespace: async () => {
      if (process.geteuid?.() === 0) return;
      apart = true;
      throw new ToolError('SANDBOX_UNAVAILABLE', 'this build is for a process of its own');
    },
    stdin: () => process.stdin,
  };
  try {
    return await buildIfChanged(
      ctx,
      invocation,
      async () => (await import('./build-request.ts')).requestOf(ctx, words, []),
      door,
    );
  } catch (error) {
    if (!apart) throw error;
    const { buildApart } = await import('./build-apart.ts');
    return buildApart(ctx, wordsOf(words));
  }
}

/** As if `coracle build` had been typed where the project lies. */
export function buildInputOf(
  { what, loaded }: Pick<DeployCall, 'what' | 'loaded'>,
  input: DeployBuildInput,
  push: boolean,
): BuildInput {
  const one = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);
  const values: Readonly<Record<string, readonly string[]>> = {
    config: input.values('config'),
    environment: one(loaded.environment),
    platform: input.values('platform'),
    'insecure-registry': input.values('insecure-registry'),
    ca: input.values('ca'),
  };
  const flags: Readonly<Record<string, boolean | undefined>> = {
    push: push || undefined,
    locked: input.flag('locked'),
  };
  return {
    args: what === '.' ? [] : [what],
    rest: [],
    flag: (name) => flags[name],
    value: (name) => values[name]?.at(-1),
    values: (name) => values[name] ?? [],
  };
}

/** The same as words of a command line. */
function wordsOf(input: BuildInput): string[] {
  const flags = buildFlags.flatMap((flag) =>
    flag.type === 'boolean'
      ? input.flag(flag.name) === undefined
        ? []
        : [`--${flag.name}=${String(input.flag(flag.name))}`]
      : input.values(flag.name).map((value) => `--${flag.name}=${value}`),
  );
  return [...flags, ...input.args];
}
