import type { Output } from '../build/types.ts';
import type { Parsed } from './verb.ts';

/** Where --output and --load send the image. @throws ToolError USAGE */
export async function outputsOf(input: Parsed<'load', 'output'>, cwd: string): Promise<Output[]> {
  const texts = input.values('output');
  const load = input.flag('load') ? [{ type: 'load' } as const] : [];
  if (texts.length === 0) return load;
  const { parseOutput } = await import('../config/output.ts');
  return [...texts.flatMap((text) => parseOutput(text, cwd) ?? []), ...load];
}
