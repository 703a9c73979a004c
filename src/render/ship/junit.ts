import type { Finding } from '../../ship/finding.ts';
import type { TestCase } from '../../ship/tests/events.ts';
import type { ShipReport, StageReport } from '../../ship/types.ts';
import { maskUrls, safe } from '../safe.ts';
import { placeWords } from './terminal.ts';

/**
 * One run as JUnit's XML, in the form that CI servers read: a suite of the stages, and one for each Go package with its tests.
 */
export function shipJunit(report: ShipReport): string {
  const stages = [
    ...report.stages,
    ...report.undone.map((stage) => ({ ...stage, name: `undo ${stage.name}` })),
  ];
  const suites = [
    suite('coracle ship', stages.map(stageCase)),
    ...packagesOf(report).map(([name, tests]) => suite(name, tests.map(testCase))),
  ];
  const total = sum(suites);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="coracle ship"${counts(total)}>\n${suites
    .map(({ text }) => text)
    .join('\n')}\n</testsuites>\n`;
}

interface Case {
  readonly name: string;
  readonly class: string;
  readonly seconds: number;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Of the failure, or why it was left out. */
  readonly message: string;
  readonly text: string;
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly skipped: number;
  readonly seconds: number;
}

function suite(name: string, cases: readonly Case[]): Counts & { readonly text: string } {
  const of = (outcome: string): number => cases.filter((one) => one.outcome === outcome).length;
  const all = {
    tests: cases.length,
    failures: of('failed'),
    skipped: of('skipped'),
    seconds: cases.reduce((total, { seconds }) => total + seconds, 0),
  };
  const lines = cases.map(caseElement).join('\n');
  return { ...all, text: `  <testsuite name="${xml(name)}"${counts(all)}>\n${lines}\n  </testsuite>` };
}

function sum(all: readonly Counts[]): Counts {
  const add = (key: keyof Counts): number => all.reduce((total, one) => total + one[key], 0);
  return { tests: add('tests'), failures: add('failures'), skipped: add('skipped'), seconds: add('seconds') };
}

function counts({ tests, failures, skipped, seconds }: Counts): string {
  return ` tests="${tests}" failures="${failures}" errors="0" skipped="${skipped}" time="${seconds.toFixed(3)}"`;
}

function caseElement(one: Case): string {
  const head = `    <testcase name="${xml(one.name)}" classname="${xml(one.class)}" time="${one.seconds.toFixed(3)}"`;
  if (one.outcome === 'passed') return `${head}/>`;
  const message = one.message === '' ? '' : ` message="${xml(one.message)}"`;
  const inner =
    one.outcome === 'failed' ? `<failure${message}>${xml(one.text)}</failure>` : `<skipped${message}/>`;
  return `${head}>${inner}</testcase>`;
}

function stageCase({ name, verdict, took, summary, findings }: StageReport): Case {
  return {
    name,
    class: 'coracle.ship',
    seconds: took / 1000,
    outcome: verdict === 'not run' ? 'skipped' : verdict,
    message: verdict === 'not run' ? 'a stage before it failed' : summary,
    text: findings.map(findingText).join('\n'),
  };
}

function findingText({ severity, message, where, fix }: Finding): string {
  const place = where === undefined ? '' : `${placeWords(where)}: `;
  return `${severity}: ${place}${message}${fix === undefined ? '' : `\nfix: ${fix}`}`;
}

function testCase(test: TestCase): Case {
  return {
    name: test.name,
    class: test.package,
    seconds: test.seconds,
    outcome: test.outcome,
    message: test.outcome === 'failed' ? 'failed' : '',
    text: test.output ?? '',
  };
}

/** Go's tests, by package, when the tests stage ran them. */
function packagesOf({ stages }: ShipReport): (readonly [string, readonly TestCase[]])[] {
  const data = stages.find(({ name }) => name === 'tests')?.data;
  const known = typeof data === 'object' && data !== null && 'cases' in data && Array.isArray(data.cases);
  // Only the tests stage writes it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const cases = known ? (data.cases as readonly TestCase[]) : [];
  return [...Map.groupBy(cases, (test) => test.package)];
}

/** Text for XML 1.0: what it cannot hold at all (most control characters, halves of surrogate pairs) is left out, the rest escaped. */
export function xml(text: string): string {
  return maskUrls(safe(text))
    .toWellFormed()
    .replaceAll(/[\uFFFE\uFFFF]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\t', '&#9;');
}
