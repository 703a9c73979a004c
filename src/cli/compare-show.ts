import path from 'node:path';
import type { Comparison, GateResult } from '../compare/types.ts';
import type { Ctx } from '../core/ctx.ts';
import type { CompareInput } from './compare-request.ts';
import type { Out } from './out.ts';

/**
 * Shows a comparison in the form that was asked for: a document, Markdown, a page, or tables.
 * @returns the exit code: 1 when a gate is broken
 */
export async function showComparison(
  ctx: Ctx,
  input: CompareInput,
  out: Out,
  comparison: Comparison,
  gates: readonly GateResult[],
): Promise<number> {
  const broken = gates.filter(({ held }) => !held);
  const code = broken.length > 0 ? 1 : 0;
  const html = input.value('html');
  const file = html === undefined ? undefined : path.resolve(ctx.cwd, html);
  const written = file === undefined ? undefined : await writeHtml(comparison, file);
  if (out.json) {
    const { comparisonDocument } = await import('../render/compare/documents.ts');
    await out.document(comparisonDocument(comparison, gates));
    return code;
  }
  const { renderComparison, renderGates } = await import('../render/compare/written.ts');
  const view = { style: out.style, columns: out.columns };
  if (out.quiet) {
    if (broken.length > 0) await out.print(renderGates(broken, view));
    return code;
  }
  if (input.flag('markdown')) {
    const { markdownComparison } = await import('../render/compare/markdown.ts');
    await out.print(markdownComparison(comparison, gates));
  } else await out.print(renderComparison(comparison, gates, view));
  // Measuring takes minutes: who wants the page as well need not do it twice.
  if (html !== undefined && written !== undefined) {
    const { renderWritten } = await import('../render/explain/written.ts');
    await out.remark(renderWritten(html, written));
  }
  return code;
}

async function writeHtml(comparison: Comparison, file: string): Promise<number> {
  const { writeComparisonPage } = await import('../page/compare/write.ts');
  return (await writeComparisonPage(comparison, file)).bytes;
}
