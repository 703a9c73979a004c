import { createHash } from 'node:crypto';
import type { Ctx } from '../core/ctx.ts';
import { version } from '../core/version.ts';
import { inputsUnchanged } from '../golang/inputs.ts';
import type { Inputs } from '../golang/inputs.ts';
import type { Digest } from '../oci/digest.ts';
import { openStore } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { BuildResult, Output } from './types.ts';

/** What was typed, where, and by which program: the name of a build that may come again. */
export interface Invocation {
  /** The arguments that say what is built, in their order. */
  readonly argv: readonly string[];
  /** Tells one build of Coracle from another (its own file's metadata). */
  readonly program: string;
}

/** All that a finished build depended on, and what came of it. */
export interface Remembered {
  readonly inputs: Inputs;
  /** Environment variables that templates read. */
  readonly env: Readonly<Record<string, string>>;
  readonly result: BuildResult;
  readonly outputs: readonly Output[];
  /** Blobs without which the result is gone; they keep the garbage collector away. */
  readonly blobs: readonly Digest[];
}

const bucket = 'builds';

/** Variables that may change what a build gives. What else a program's build reads stands in `Remembered.env`. */
const relevant = /^(GO[A-Z0-9_]*|CGO_.*|CC|CXX|AR|FC|PKG_CONFIG.*|SOURCE_DATE_EPOCH|HOME|PATH|XDG_CONFIG_HOME|NETRC|GIT_.*|LIBRARY_PATH|CPATH|C_INCLUDE_PATH|DOCKER_CONFIG|REGISTRY_AUTH_FILE|CORACLE_.*)$/;

/** The key of an invocation in the store's cache. */
export function invocationKey(ctx: Ctx, invocation: Invocation): string {
  const env = Object.entries(ctx.env).filter(([name]) => relevant.test(name));
  return createHash('sha256')
    .update(JSON.stringify([version, invocation.program, invocation.argv, ctx.cwd, ctx.home, env.sort()]))
    .digest('hex');
}
export { bucket, inputsUnchanged, openStore };
export type { Store };
