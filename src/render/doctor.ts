import type { Finding } from '../host/doctor.ts';
import { row } from './rows.ts';
import { safe } from './safe.ts';
import type { Style } from './style.ts';

/** The checks of which one is enough to run steps. */
const sandboxes: ReadonlySet<string> = new Set(['builtin', 'runc', 'crun', 'chroot']);

/** Findings for people: what is well, what only some work needs, what stands in the way. */
export function renderDoctor(findings: readonly Finding[], style: Style, columns: number): string {
  const marks = { ok: style.green('ok'), missing: style.yellow('--'), problem: style.red('!!') };
  // The mark and a space stand before what `row` gives.
  const view = { style, columns: columns - 2, indent: 14 };
  const lines = findings.flatMap((finding, index) => {
    // One cause can stop many things; it is told once, with what to do about it.
    const same = findings.slice(0, index).find(({ says }) => says === finding.says);
    const says = same && finding.state !== 'ok' ? `the same as ${same.name}` : safe(finding.says);
    const [first = '', ...more] = row(finding.name, says, view).split('\n');
    const { hint: words } = finding;
    const told = words === undefined || findings.slice(0, index).some(({ hint }) => hint === words);
    const hint = told ? [] : row('', style.cyan(safe(words)), view).split('\n');
    return [`${marks[finding.state]}${first}`, ...[...more, ...hint].map((line) => `  ${line}`)];
  });
  const problems = findings.filter((finding) => finding.state === 'problem').length;
  const runtimes = findings.filter(({ name }) => sandboxes.has(name));
  const noSteps = runtimes.length > 0 && runtimes.every(({ state }) => state !== 'ok');
  const can = `This machine can build${noSteps ? ', except Dockerfiles with RUN' : ''}.`;
  const verdict = problems === 0 ? can : `${problems} problem${problems === 1 ? '' : 's'}.`;
  return [...lines, '', style.bold(verdict)].join('\n');
}
