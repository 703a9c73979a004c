/** Builds the program in one way and weighs it. */
import { createReadStream, promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import { step } from '../../build/times.ts';
import { readBinary } from '../../golang/binary/read.ts';
import { compile } from '../../golang/compile.ts';
import { compress } from '../../layer/compress.ts';
import type { Compression } from '../../layer/compress.ts';
import type { BuildSettings } from './facts.ts';
import type { OptionResult, Refusal } from './types.ts';

/** A program that was built, or why not. Bytes. */
export type Weighed =
  | {
      readonly file: string;
      readonly size: number;
      readonly compressed: number;
      readonly needs?: NonNullable<OptionResult['needs']>;
    }
  | { readonly refusal: Refusal };

/**
 * Compiles into `directory`, under the option's name.
 * @param compiling where, when it is not on this machine itself
 * @throws ToolError what is no answer: NETWORK, DISK_FULL
 */
export async function buildAndWeigh(
  ctx: Ctx,
  name: string,
  settings: BuildSettings,
  {
    directory,
    compression,
    compiling = ctx,
  }: { readonly directory: string; readonly compression: Compression; readonly compiling?: Ctx },
): Promise<Weighed> {
  const file = path.join(directory, name);
  const quiet: Ctx = { ...compiling, emit: () => undefined };
  return step(
    ctx,
    `build: ${name}`,
    async () => {
      const refusal = await refusalOf(async () => compile(quiet, { ...settings, output: file }));
      return refusal ? { refusal } : weigh(file, compression);
    },
    (result) => ('refusal' in result ? 'it cannot be built so' : undefined),
  );
}

/** Does `work`; what speaks against the option, not against the machine, is a result. */
export async function refusalOf(work: () => Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!isToolError(error, 'GO_COMPILE', 'GO_MODULE', 'TOOL_MISSING', 'CONFIG_INVALID', 'UNSUPPORTED'))
      throw error;
    const lines = (error.detail ?? '')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('# '));
    return { cause: error.message, said: lines.slice(0, 6) };
  }
}

async function weigh(file: string, compression: Compression): Promise<Weighed> {
  const { interpreter, needed } = await readBinary(file);
  let compressed = 0;
  for await (const chunk of compress(createReadStream(file), compression)) compressed += chunk.length;
  return {
    file,
    size: (await fs.stat(file)).size,
    compressed,
    ...(interpreter === undefined ? {} : { needs: { interpreter, libraries: needed } }),
  };
}
