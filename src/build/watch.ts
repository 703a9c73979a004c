import type { Ctx } from '../core/ctx.ts';
import { collectInputs } from '../golang/inputs-collect.ts';
import { refreshInputs } from '../golang/inputs-refresh.ts';
import { markAfter, recorder } from '../golang/inputs-recorder.ts';
import type { GoCommand } from '../golang/go-command.ts';
import { vcsKey } from '../golang/inputs.ts';
import type { Inputs } from '../golang/inputs.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { VcsState } from '../golang/vcs.ts';
import { recordPackages } from '../golang/inputs-packages.ts';
import { recordTree } from './context-files.ts';
import type { BuildRequest } from './types.ts';

/** Gathers, while a build runs, all that it depends on. */
export interface Watch {
  /** The build itself has just written into the source tree: what follows counts from now on. */
  markAgain(): Promise<void>;
  /** A file that was read, or looked for. */
  file(path: string): void;
  /** A directory was searched for packages, with all below it. */
  packagesBelow(directory: string): void;
  /** Texts whose `{{.Env.NAME}}` were filled in. */
  env(texts: readonly string[]): void;
  repository(dir: string, state: VcsState): void;
  /** Starts to collect what a compile reads; call it beside the compile. */
  program(go: GoCommand, where: { readonly cwd: string; readonly package: string }): void;
  /** There is something that no file tells, such as `@latest`. */
  never(): void;
  /** Undefined when a later build cannot know whether something changed. */
  finish(): Promise<
    { readonly inputs: KeyedInputs; readonly env: Readonly<Record<string, string>> } | undefined
  >;
}

/** The inputs of each program and platform by name; under the empty name, those of the request itself. */
export type KeyedInputs = Readonly<Record<string, Inputs>>;

/**
 * @param first of markBeginning, before the request was made
 * @param earlier what an earlier build of the same found
 */
export function watchInputs(ctx: Ctx, request: BuildRequest, first: bigint, earlier: KeyedInputs): Watch {
  let began = first;
  let known = !request.noCache;
  let vcs: { dir: string; state: VcsState } | undefined;
  const env: Record<string, string> = {};
  const programs = new Map<string, Promise<Inputs | undefined>>();
  const files = new Set<string>();
  const searched = new Set<string>();
  return {
    markAgain: async () => {
      began = await markAfter(ctx);
    },
    file: (path) => files.add(path),
    packagesBelow: (directory) => searched.add(directory),
    env: (texts) => {
      for (const [, name = ''] of texts.join('\n').matchAll(/\.Env\.(\w+)/g)) env[name] = ctx.env[name] ?? '';
    },
    repository: (dir, state) => {
      vcs = { dir, state };
    },
    program: (go, { cwd, package: name }) => {
      const key = `${cwd} ${name} ${formatPlatform(go.platform)}`;
      const collected = collect(ctx, go, { cwd, package: name, began }, earlier[key]);
      collected.catch(() => undefined); // the compile says it better
      programs.set(key, collected);
    },
    never: () => {
      known = false;
    },
    finish: async () => {
      if (!known) return undefined;
      const read = recorder(first);
      for (const file of [
        ...request.consulted,
        ...request.ca,
        ...request.image.files.map(({ from }) => from),
      ])
        await recordTree(read, file);
      const written = recorder(began);
      for (const file of files) written.file(file);
      for (const directory of searched) recordPackages(written, directory);
      const own = read.finish();
      const inputs: Record<string, Inputs | undefined> = {
        '': own && vcs ? { ...own, vcs: { dir: vcs.dir, key: vcsKey(vcs.state) } } : own,
        written: written.finish(),
      };
      for (const [key, collected] of programs) inputs[key] = await collected;
      return allThere(inputs) ? { inputs, env } : undefined;
    },
  };
}

async function collect(
  ctx: Ctx,
  go: GoCommand,
  options: { cwd: string; package: string; began: bigint },
  old: Inputs | undefined,
): Promise<Inputs | undefined> {
  return (old && (await refreshInputs(old, options))) ?? (await collectInputs(ctx, go, options));
}

function allThere(inputs: Record<string, Inputs | undefined>): inputs is Record<string, Inputs> {
  return Object.values(inputs).every((found) => found !== undefined);
}
