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
  /** Limits were given on the command line: the answer is what matters, so no view is opened. */
  readonly limited: boolean;
}

/** Shows an explanation in the form that was asked for: a document, Markdown, a page, the keyboard view, or lines of text. */
export async function showExplanation(
  ctx: Ctx,
  input: ExplainInput,
  out: Out,
  { explanation, judged, top, limited }: Shown,
): Promise<void> {
  const html = input.value('html');
  if (html !== undefined) {
    const { writePage } = await import('../page/write.ts');
    const { bytes } = await writePage(explanation, path.resolve(ctx.cwd, html));
    if (!out.json && !out.quiet) {
      const { renderWritten, renderJudged } = await import('../render/explain/written.ts');
      await out.print(renderWritten(html, bytes));
      if (judged.length > 0) await out.print(renderJudged(judged, out.style, out.columns));
      return;
    }
  }
  if (out.json) {
    const { explanationDocument } = await import('../render/explain/documents.ts');
    const { jsonText } = await import('../render/explain/json-text.ts');
    return out.print(jsonText(explanationDocument(explanation, judged.length > 0 ? judged : undefined)));
  }
  const { renderJudged } = await import('../render/explain/written.ts');
  if (out.quiet) {
    const broken = judged.filter(({ verdict }) => verdict.broken > 0);
    if (broken.length > 0) await out.print(renderJudged(broken, out.style, out.columns));
    return;
  }
  if (!limited && (await openedView(ctx, input, out, explanation))) {
    if (judged.some(({ verdict }) => verdict.broken > 0))
      await out.print(renderJudged(judged, out.style, out.columns));
    return;
  }
  const { renderExplanation } = await import('../render/explain/written.ts');
  const form = { markdown: input.flag('markdown') ?? false, top };
  await out.print(renderExplanation(explanation, judged, form, out.style, out.columns));
}

/** Opens the keyboard view where there is somebody to press keys. @returns whether it did */
async function openedView(
  ctx: Ctx,
  input: ExplainInput,
  out: Out,
  explanation: Explanation,
): Promise<boolean> {
  const text =
    (input.flag('plain') ?? false) || (input.flag('markdown') ?? false) || input.value('top') !== undefined;
  if (text || out.columns === Infinity) return false;
  const [{ canView, openView }, { speaksUtf8 }, { wantsColor }] = await Promise.all([
    import('../view/open.ts'),
    import('./tty.ts'),
    import('./terminal.ts'),
  ]);
  const terminal = { input: process.stdin, output: process.stdout, env: ctx.env, signal: ctx.signal };
  if (!canView(terminal)) return false;
  await out.print('');
  await openView(explanation, terminal, { color: wantsColor(ctx.env, true), utf8: speaksUtf8(ctx.env) });
  return true;
}
