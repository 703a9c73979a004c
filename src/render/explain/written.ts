import type { Judged } from '../../explain/budget/judge.ts';
import type { Difference } from '../../explain/diff/types.ts';
import type { Explanation } from '../../explain/types.ts';
import { safe } from '../safe.ts';
import type { Style } from '../style.ts';
import { bytes } from '../units.ts';
import { budgetSection } from './budget-report.ts';
import { diffReport } from './diff-report.ts';
import { explanationReport } from './explanation-report.ts';
import { markdownReport } from './markdown.ts';
import { plainReport, plainSection } from './plain.ts';
import { count } from './words.ts';

/** The whole report, with what came of the limits first. */
export function renderExplanation(
  explanation: Explanation,
  judged: readonly Judged[],
  form: { readonly markdown: boolean; readonly top: number },
  style: Style,
  columns: number,
): string {
  const report = explanationReport(explanation, form.top);
  const sections = judged.length > 0 ? [budgetSection(judged), ...report.sections] : report.sections;
  const whole = { ...report, sections };
  return form.markdown ? markdownReport(whole) : plainReport(whole, { style, columns });
}

/** What came of the limits, alone. */
export function renderJudged(judged: readonly Judged[], style: Style, columns: number): string {
  return plainSection(budgetSection(judged), { style, columns });
}

/** That a page was written. */
export function renderWritten(file: string, size: number): string {
  return `wrote ${safe(file)}, ${bytes(size)}`;
}

/** What differs; in Markdown with the details folded away. */
export function renderDifference(
  difference: Difference,
  form: { readonly markdown: boolean; readonly top: number },
  style: Style,
  columns: number,
): string {
  const report = diffReport(difference, form.top, form.markdown);
  return form.markdown ? markdownReport(report, 3) : plainReport(report, { style, columns });
}

/** What was taken out of an image, and what could not be. */
export function renderExtracted(one: {
  readonly path: string;
  readonly dest: string;
  readonly entries: number;
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
}): string {
  const { path, dest, entries, skipped } = one;
  const head = `wrote ${path} to ${dest}: ${count(entries, 'entry', 'entries')}`;
  return safe([head, ...skipped.map((each) => `  left out ${each.path}: ${each.why}`)].join('\n'));
}
