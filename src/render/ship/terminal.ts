import type { Finding } from '../../ship/finding.ts';
import type { ShipReport, StageReport, Verdict } from '../../ship/types.ts';
import { maskUrls, oneLine, safe } from '../safe.ts';
import type { Style } from '../style.ts';
import { duration } from '../units.ts';
import { displayWidth } from '../width.ts';
import { wrap } from '../wrap.ts';

export interface ShipView {
  readonly style: Style;
  readonly columns: number;
}

const widest = 100;
const words: Readonly<Record<Verdict, string>> = {
  passed: 'passed',
  failed: 'FAILED',
  skipped: 'skipped',
  'not run': 'not run',
};

/** One run for people: a line for each stage, below it what it found, and the end in a sentence. */
export function renderShip(report: ShipReport, view: ShipView): string {
  const width = Math.max(...report.stages.map(({ name }) => name.length), 0);
  const head = report.stages.flatMap((stage) => stageLines(stage, width, view));
  const undone = report.undone.flatMap((stage) =>
    stageLines({ ...stage, name: `undo ${stage.name}` }, width, view),
  );
  const { style } = view;
  const colour = report.verdict === 'passed' ? style.green : style.red;
  const end = `${colour(report.verdict)} in ${duration(report.took)}: ${oneLine(report.summary)}`;
  return `${[...head, ...undone, ...wrapped(end, '', view)].join('\n')}\n`;
}

function stageLines(stage: StageReport, width: number, view: ShipView): string[] {
  const { style } = view;
  const colours: Readonly<Record<Verdict, (text: string) => string>> = {
    passed: style.green,
    failed: style.red,
    skipped: style.dim,
    'not run': style.dim,
  };
  const said = stage.before ? 'before' : words[stage.verdict];
  const time = stage.verdict === 'passed' || stage.verdict === 'failed' ? duration(stage.took) : '';
  const head = ` ${stage.name.padEnd(width)}  ${colours[stage.verdict](said.padEnd(7))}  ${style.dim(time.padStart(8))}  `;
  const [first = '', ...more] = wrapped(oneLine(stage.summary), ' '.repeat(displayWidth(head)), view, true);
  return [
    `${head}${first}`.trimEnd(),
    ...more,
    ...stage.findings.flatMap((finding) => findingLines(finding, view)),
  ];
}

function findingLines(finding: Finding, view: ShipView): string[] {
  const { style } = view;
  const colour = { error: style.red, warning: style.yellow, note: style.dim }[finding.severity];
  const place = finding.where === undefined ? '' : `${oneLine(placeWords(finding.where))}: `;
  const [first = '', ...rest] = maskUrls(safe(finding.message)).split('\n');
  return [
    ...wrapped(`${colour(`${finding.severity}:`)} ${place}${first.trim()}`, '   ', view),
    ...rest.map((line) => `     ${style.dim(line.trimEnd())}`.trimEnd()),
    ...(finding.fix === undefined
      ? []
      : wrapped(`${style.cyan('fix:')} ${oneLine(finding.fix)}`, '     ', view)),
  ];
}

/** `internal/api/api.go:12:3`. */
export function placeWords({ file, line, column }: NonNullable<Finding['where']>): string {
  return `${file}:${line}${column === undefined ? '' : `:${column}`}`;
}

/** Lines behind an indent; with `hanging` the first stands where it is put. */
function wrapped(text: string, indent: string, { columns }: ShipView, hanging = false): string[] {
  const lines = wrap(text, Math.max(20, Math.min(columns, widest) - indent.length));
  return lines.map((line, index) => (hanging && index === 0 ? line : `${indent}${line}`.trimEnd()));
}
