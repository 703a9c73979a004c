/**
 * Adds up what the suites wrote, names what was skipped and why, and ends with the one line that CI reads. Exit code 1 when
 * anything failed, or when a runner ended badly without naming a test.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '../test/support/json.ts';

interface Count {
  passed: number;
  failed: number;
  /** Titles of the tests that did not run. */
  readonly skipped: string[];
}

interface VitestReport {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

interface GoEvent {
  readonly Action?: string;
  readonly Package?: string;
  readonly ImportPath?: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** The JSON that vitest's reporter writes; a file whose tests could not even be collected counts as one failure. */
function countVitest(file: string, exitCode: number): Count {
  const count: Count = { passed: 0, failed: 0, skipped: [] };
  if (existsSync(file)) {
    const report = parseJson<VitestReport>(readFileSync(file, 'utf8'));
    for (const suite of report.testResults) {
      const failedBefore = count.failed;
      for (const test of suite.assertionResults) {
        if (test.status === 'passed') count.passed++;
        else if (test.status === 'failed') count.failed++;
        else count.skipped.push(test.fullName.trim());
      }
      if (suite.status === 'failed' && count.failed === failedBefore) count.failed++;
    }
  }
  if (exitCode !== 0 && count.failed === 0) count.failed = 1;
  return count;
}

/** The lines of `go test -json`; anything that is not such a line is shown. A package without an end counts as failed. */
function countGo(file: string): Count {
  const count: Count = { passed: 0, failed: 0, skipped: [] };
  const said = new Map<string, string>();
  let ended = 0;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const event = parseGoEvent(line);
    if (!event) continue;
    const name = `${event.Package ?? event.ImportPath ?? ''} ${event.Test ?? ''}`.trim();
    if (event.Output !== undefined) said.set(name, (said.get(name) ?? '') + event.Output);
    if (event.Action === 'pass' && event.Test !== undefined) count.passed++;
    if (event.Action === 'skip' && event.Test !== undefined) count.skipped.push(name);
    if (event.Action === 'pass' && event.Test === undefined) ended++;
    if (event.Action === 'fail' || event.Action === 'build-fail') {
      count.failed++;
      console.log(`FAIL ${name}\n${said.get(name) ?? ''}`);
    }
  }
  if (count.failed === 0 && ended === 0) {
    console.log('FAIL examples/gin-api: go test did not run');
    count.failed++;
  }
  return count;
}

function parseGoEvent(line: string): GoEvent | undefined {
  if (line === '') return undefined;
  try {
    return parseJson<GoEvent>(line);
  } catch {
    console.log(line);
    return undefined;
  }
}

const [, , results = '', exitCode = '1'] = process.argv;
const counts = [countVitest(path.join(results, 'vitest.json'), Number(exitCode))];
const goFile = path.join(results, 'go.json');
if (existsSync(goFile)) counts.push(countGo(goFile));
// What .ci/run ran before the tests.
const check = process.env['CORACLE_CHECK'];
if (check === 'failed') console.log('FAIL npm run check; its lines are at the top');
if (check !== undefined)
  counts.push({ passed: check === 'passed' ? 1 : 0, failed: check === 'passed' ? 0 : 1, skipped: [] });

const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
const skipped = counts.flatMap((count) => count.skipped);
console.log('');
for (const title of skipped) console.log(`skipped: ${title}`);
console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
