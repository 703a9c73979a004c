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

/**
 * Shows an explanation in the form that was asked for: a document, Markdown, a page, the keyboard view, or lines of text.
 * @returns the exit code: 1 when a limit is broken, 130 when the view was interrupted
 */
export async function showExplanation(
  ctx: Ctx,
  input: ExplainInput,
  out: Out,
  { explanation, judged, top, limited }: Shown,
): Promise<number> {
  const broken = judged.filter(({ verdict }) => verdict.broken > 0);
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
  if (out.quiet || html !== undefined) {
    await printJudged(out, out.quiet ? broken : judged);
    return code;
  }
  const viewed = limited ? undefined : await openedView(ctx, input, out, explanation);
  if (viewed !== undefined) {
    if (code !== 0) await printJudged(out, judged);
    return viewed === 0 ? code : viewed;
  }
  const { renderExplanation } = await import('../render/explain/written.ts');
  const form = { markdown: input.flag('markdown') ?? false, top };
  await out.print(renderExplanation(explanation, judged, form, out.style, out.columns));
  return code;
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

/** Opens the keyboard view where there is somebody to press keys. @returns its exit code; undefined when it cannot be shown, or text was asked for */
async function openedView(
  ctx: Ctx,
  input: ExplainInput,
  out: Out,
  explanation: Explanation,
): Promise<number | undefined> {
  const text =
    (input.flag('plain') ?? false) || (input.flag('markdown') ?? false) || input.value('top') !== undefined;
  if (text || out.columns === Infinity) return undefined;
  const [{ canView, openView }, { speaksUtf8 }, { wantsColor }] = await Promise.all([
    import('../view/open.ts'),
    import('./tty.ts'),
    import('./terminal.ts'),
  ]);
  const terminal = { input: process.stdin, output: process.stdout, env: ctx.env, signal: ctx.signal };
  if (!canView(terminal)) return undefined;
  // Brings progress to rest.
  await out.print('');
  return openView(explanation, terminal, { color: wantsColor(ctx.env, true), utf8: speaksUtf8(ctx.env) });
}
