/** With CORACLE_TEST_SPENT=FILE each test file adds a line to FILE: seconds of processor, its programs' too, seconds in all, its name. */
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect } from 'vitest';

/** Of this process and of those it waited for: fields 14 to 17 of /proc/PID/stat, which Linux counts in hundredths. */
function processorSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / 100;
}

afterAll(() => {
  const file = process.env['CORACLE_TEST_SPENT'];
  const name = path.relative(process.cwd(), expect.getState().testPath ?? '');
  const seconds = [processorSeconds(), process.uptime()].map((each) => each.toFixed(1).padStart(8));
  if (file !== undefined) appendFileSync(file, `${seconds.join('')}  ${name}\n`);
});
