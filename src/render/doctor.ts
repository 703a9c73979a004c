import type { Finding } from '../host/doctor.ts';
import { row } from './rows.ts';
import { safe } from './safe.ts';
import type { Style } from './style.ts';

/** Findings for people: what is well, what only some work needs, what stands in the way. */
export function renderDoctor(findings: readonly Finding[], style: Style, columns: number): string {
  const marks = { ok: style.green('ok'), missing: style.yellow('--'), problem: style.red('!!') };
  // The mark and a space stand before what `row` gives.
  const view = { style, columns: columns - 2, indent: 14 };
  const lines = findings.flatMap((finding) => {
    const [first = '', ...more] = row(finding.name, safe(finding.says), view).split('\n');
    const hint = finding.hint === undefined ? [] : row('', style.cyan(safe(finding.hint)), view).split('\n');
    return [`${marks[finding.state]}${first}`, ...[...more, ...hint].map((line) => `  ${line}`)];
  });
  const problems = findings.filter((finding) => finding.state === 'problem').length;
  const verdict =
    problems === 0 ? 'This machine can build.' : `${problems} problem${problems === 1 ? '' : 's'}.`;
  return [...lines, '', style.bold(verdict)].join('\n');
}
