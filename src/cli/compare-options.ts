import path from 'node:path';
import { compareFlags } from '../compare/flags/compare.ts';
import { optionNames } from '../compare/flags/types.ts';
import { planChange, writeChange, type ConfigChange } from '../compare/flags/write.ts';
import type { CompareRequest } from '../compare/request.ts';
import type { Ctx } from '../core/ctx.ts';
import { markdownReport } from '../render/explain/markdown.ts';
import { plainReport, plainSection } from '../render/explain/plain.ts';
import { flagsDocument, flagsReport } from '../render/compare-flags.ts';
import { namesOf, type CompareInput } from './compare-request.ts';
import type { Out } from './out.ts';

/** Answers `compare --flags`: what build options save and cost, and what of it coracle.yaml should say. @returns the exit code */
export async function answerOptions(
  ctx: Ctx,
  input: CompareInput,
  out: Out,
  request: CompareRequest,
): Promise<number> {
  const comparison = await compareFlags(ctx, {
    compare: request,
    only: namesOf(input.values('only'), optionNames, 'option'),
    sizeOnly: input.flag('size-only') ?? false,
  });
  const change = await planChange(ctx, { compare: request }, comparison);
  const wanted = input.flag('write') ?? false;
  if (wanted) await writeChange(ctx, change);
  if (out.json) {
    await out.document({ ...flagsDocument(comparison) });
    return 0;
  }
  const view = { style: out.style, columns: out.columns };
  const section = changeSection(ctx, change, wanted);
  if (out.quiet) {
    if (wanted) await out.print(plainSection(section, view));
    return 0;
  }
  const report = flagsReport(comparison);
  const whole = { ...report, sections: [...report.sections, section] };
  await out.print(input.flag('markdown') ? markdownReport(whole) : plainReport(whole, view));
  return 0;
}

function changeSection(
  ctx: Ctx,
  { file, before, diff }: ConfigChange,
  written: boolean,
): { readonly title: string; readonly verbatim?: string; readonly notes?: readonly string[] } {
  const name = path.relative(ctx.cwd, file);
  if (diff.length === 0)
    return { title: before === undefined ? `No ${name} is needed` : `${name} needs no change` };
  return {
    title: written ? `Written to ${name}` : `What ${name} should say`,
    verbatim: diff.join('\n'),
    ...(written ? {} : { notes: ['--write writes it.'] }),
  };
}
