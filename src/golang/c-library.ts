/** The C library that is linked into static programs: part of their input, which the compiler's own file does not stand for. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx, Env } from '../core/ctx.ts';

/** Bytes: a compiler that is longer is no script around another one. */
const longestScript = 16 * 1024;

/**
 * The files that a compiler links C from, absolute: its libc.a, and where it is a script around another compiler, what it tells that one by
 * `-specs`. One short process at most, and none for such a script.
 * @param compiler absolute
 */
export async function staticLibraries(ctx: Ctx, compiler: string, env: Env): Promise<string[]> {
  const specs = await specsOf(compiler);
  if (specs !== undefined) return [specs, path.join(path.dirname(specs), 'libc.a')];
  const exit = await ctx.exec({ argv: [compiler, '-print-file-name=libc.a'], env });
  const found = exit.stdout.trim();
  // It says the bare name back where it knows of none.
  return exit.code === 0 && path.isAbsolute(found) ? [path.resolve(found)] : [];
}

/** musl's own wrapper names its file, beside which its library lies. */
async function specsOf(compiler: string): Promise<string | undefined> {
  const { size } = await fs.stat(compiler);
  if (size > longestScript) return undefined;
  const text = await fs.readFile(compiler, 'utf8').catch(() => '');
  return /^#!.*^.*\s-specs[=\s]+["']?(\/[^\s"']+)/ms.exec(text)?.[1];
}
