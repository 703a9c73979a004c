/** Builds a program in another way, to measure what that would save. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { step } from '../../build/times.ts';
import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import { withTempDir } from '../../core/temp.ts';
import { compile } from '../../golang/compile.ts';
import type { BuildSettings } from './program.ts';

export interface WhatIf {
  /** How the program that is explained is built. */
  readonly settings: BuildSettings;
  /**
   * Bytes that the program would be smaller, built with these settings in place of its own.
   * @param name for people: `without debug data`
   * @returns the bytes, below 0 when it would grow; or the compiler's words when it cannot be built so
   */
  saved(name: string, change: Partial<BuildSettings>): Promise<number | Refused>;
}

/** The first line of what the compiler said. */
export interface Refused {
  readonly refused: string;
}

/** @param size bytes of the program as it is, when it was built with just these settings */
export function whatIf(ctx: Ctx, settings: BuildSettings, size?: number): WhatIf {
  const quiet: Ctx = { ...ctx, emit: () => undefined };
  const sizeOf = async (name: string, change: Partial<BuildSettings>): Promise<number | Refused> =>
    step(
      ctx,
      `measure: ${name}`,
      async () => withTempDir(ctx, async (temp) => build(quiet, { ...settings, ...change }, temp)),
      (result) => (typeof result === 'number' ? undefined : 'it cannot be built so'),
    );
  let own = size === undefined ? undefined : Promise.resolve<number | Refused>(size);
  return {
    settings,
    saved: async (name, change) => {
      own ??= sizeOf('as it is', {});
      const before = await own;
      if (typeof before !== 'number') return before;
      const after = await sizeOf(name, change);
      return typeof after === 'number' ? before - after : after;
    },
  };
}

/** @returns bytes of the program */
async function build(ctx: Ctx, settings: BuildSettings, temp: string): Promise<number | Refused> {
  const output = path.join(temp, 'program');
  try {
    await compile(ctx, { ...settings, output });
  } catch (error) {
    if (!isToolError(error, 'GO_COMPILE', 'GO_MODULE', 'TOOL_MISSING', 'CONFIG_INVALID')) throw error;
    return { refused: error.detail?.trim().split('\n').at(0) ?? error.message };
  }
  return (await fs.stat(output)).size;
}
