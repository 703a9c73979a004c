import type { Finding } from '../../ship/finding.ts';
import type { ShipReport, StageReport } from '../../ship/types.ts';
import { fenced, inline, prose } from '../explain/markdown.ts';
import { maskUrls, safe } from '../safe.ts';
import { duration } from '../units.ts';
import { placeWords } from './terminal.ts';

const marks = { passed: '✅', failed: '❌', skipped: '⏭️', 'not run': '⬜' } as const;
const severities = { error: '❌', warning: '⚠️', note: 'ℹ️' } as const;

/** Characters of one message that are shown; a pull request's comment has room for 65,536 in all. */
const longest = 2000;
const mostFindings = 50;

/** One run in GitHub-flavoured Markdown, for the comment on a pull request or the summary of a job. */
export function shipMarkdown(report: ShipReport): string {
  const all = [...report.stages, ...report.undone.map((stage) => ({ ...stage, name: `undo ${stage.name}` }))];
  const environment = report.environment === undefined ? '' : ` to ${prose(report.environment)}`;
  const findings = all.flatMap((stage) => stage.findings.map((finding) => ({ stage: stage.name, finding })));
  const shown = findings.slice(0, mostFindings);
  return `${[
    `### ${marks[report.verdict]} coracle ship${environment} ${report.verdict} in ${duration(report.took)}`,
    prose(report.summary),
    ['| | stage | | |', '|---|---|--:|---|', ...all.map(stageRow)].join('\n'),
    ...shown.map(({ stage, finding }) => findingBlock(stage, finding)),
    ...(findings.length > shown.length ? [`And ${findings.length - shown.length} more findings.`] : []),
  ].join('\n\n')}\n`;
}

function stageRow(stage: StageReport): string {
  const time = stage.verdict === 'passed' || stage.verdict === 'failed' ? duration(stage.took) : '';
  const summary = stage.before ? `passed before: ${stage.summary}` : stage.summary;
  return `| ${marks[stage.verdict]} | ${prose(stage.name)} | ${time} | ${prose(summary)} |`;
}

function findingBlock(stage: string, { severity, message, where, fix }: Finding): string {
  const [first = '', ...rest] = maskUrls(safe(message)).slice(0, longest).split('\n');
  const place = where === undefined ? '' : ` ${inline({ code: placeWords(where) })}`;
  const lines = [
    `${severities[severity]} **${prose(stage)}**${place} ${prose(first)}`,
    ...(fix === undefined ? [] : [`→ ${prose(fix)}`]),
  ];
  const block = rest.join('\n').trimEnd();
  return `${lines.join('<br>')}${block === '' ? '' : `\n\n${fenced(block)}`}`;
}
