import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import type { Judged } from '../explain/budget/judge.ts';
import type { Explanation } from '../explain/types.ts';
import type { ExplainInput } from './explain-answer.ts';
import type { Out } from './out.ts';

export interface Shown {
  readonly explanation: Explanation;
  readonly judged: readonly Judged[];
  /** Rows of each list. */
  readonly top: number;
}

/**
 * Shows an explanation in the form that was asked for: a document, Markdown, a page, or lines of text.
 * @returns the exit code: 1 when a limit is broken
 */
export async function showExplanation(
  ctx: Ctx,
  input: ExplainInput,
  out: Out,
  { explanation, judged, top }: Shown,
): Promise<number> {
  const broken = brokenOf(judged);
  const code = broken.length > 0 ? 1 : 0;
  const html = input.value('html');
  if (html !== undefined) await writeHtml(ctx, out, explanation, html);
  if (out.json) {
    const { explanationDocument } = await import('../render/explain/documents.ts');
    const { jsonChunks } = await import('../render/explain/json-text.ts');
    const document = explanationDocument(explanation, judged.length > 0 ? judged : undefined);
    for (const text of jsonChunks(document)) await out.bytes(Buffer.from(text));
    await out.bytes(Buffer.from('\n'));
    return code;
  }
  const asked = input.flag('plain') === true || input.flag('markdown') === true;
  if (html !== undefined || (out.quiet && !asked)) {
    await printJudged(out, out.quiet ? broken : judged);
    return code;
  }
  const { renderExplanation } = await import('../render/explain/written.ts');
  const form = { markdown: input.flag('markdown') ?? false, top };
  await out.print(renderExplanation(explanation, judged, form, out.style, out.columns));
  return code;
}

/**
 * Says, once the view is closed, which limits are broken.
 * @param viewed the view's exit code
 * @returns the exit code: 1 when a limit is broken, 130 when the view was interrupted
 */
export async function showJudged(out: Out, judged: readonly Judged[], viewed: number): Promise<number> {
  const broken = brokenOf(judged).length > 0;
  if (broken) await printJudged(out, judged);
  return broken && viewed === 0 ? 1 : viewed;
}

function brokenOf(judged: readonly Judged[]): Judged[] {
  return judged.filter(({ verdict }) => verdict.broken > 0);
}

async function writeHtml(ctx: Ctx, out: Out, explanation: Explanation, file: string): Promise<void> {
  const { writePage } = await import('../page/write.ts');
  const { bytes } = await writePage(explanation, path.resolve(ctx.cwd, file));
  if (out.json || out.quiet) return;
  const { renderWritten } = await import('../render/explain/written.ts');
  await out.print(renderWritten(file, bytes));
}

async function printJudged(out: Out, judged: readonly Judged[]): Promise<void> {
  if (judged.length === 0) return;
  const { renderJudged } = await import('../render/explain/written.ts');
  await out.print(renderJudged(judged, out.style, out.columns));
}
