import type { Check, Verification } from '../../bases/verify/types.ts';
import { row } from '../rows.ts';
import { safe } from '../safe.ts';
import { duration } from '../units.ts';
import type { View } from './view.ts';
import { count } from './view.ts';

/** What each test came to, and the verdict. */
export function renderVerification(result: Verification, view: View): string {
  const { style } = view;
  const failed = result.checks.filter(({ outcome }) => outcome === 'failed').length;
  const passed = result.checks.filter(({ outcome }) => outcome === 'passed').length;
  const verdict =
    failed === 0
      ? style.green(`${count(passed, 'test')} passed`)
      : style.red(`${count(failed, 'test')} failed, ${passed} passed`);
  const others = result.checks.length - failed - passed;
  return [
    `${style.bold(safe(result.image))} ${style.dim(`${result.digest.slice(0, 19)} ${result.platform}`)}`,
    ...result.checks.map((check) => one(check, view)),
    '',
    `${verdict}${others === 0 ? '' : `, ${others} not applicable`} in ${duration(result.took)}.`,
  ].join('\n');
}

function one({ what, outcome, why, by, said = [] }: Check, { style, columns }: View): string {
  const mark = { passed: style.green('ok'), failed: style.red('!!'), 'not applicable': style.dim('--') }[
    outcome
  ];
  const view = { style, columns: columns - 2, indent: 26 };
  const who = by === undefined ? '' : style.dim(` (${safe(by)})`);
  const [first = '', ...more] = row(shortened(safe(what)), `${safe(why)}${who}`, view).split('\n');
  const lines = said.map((line) => `${' '.repeat(26)}${style.dim(safe(line))}`);
  return [`${mark}${first}`, ...[...more, ...lines].map((line) => `  ${line}`)].join('\n');
}

function shortened(what: string): string {
  const line = what.replaceAll(/\s+/g, ' ');
  return line.length > 24 ? `${line.slice(0, 23)}…` : line;
}
