/**
 * The process that load comes from, apart from the tests so that neither disturbs the other. Its first argument says what to do, as JSON; it says
 * how it went, as JSON lines, each second and at its end; and it ends when its input does.
 */
import { parseJson } from '../../support/json.ts';
import { hammer } from './hammer.ts';
import { hold, wait } from './held.ts';
import { tally } from './tally.ts';
import type { LoadPlan } from './tally.ts';

const plan = parseJson<LoadPlan>(process.argv[2] ?? '{}');
const count = tally();
const ends = plan.urls.flatMap((url) => [
  hammer(url, plan.connections, count),
  ...(plan.slow ? [wait(url, count)] : []),
  ...(plan.websockets ? [hold(url, count)] : []),
]);
const report = (): void => void process.stdout.write(`${JSON.stringify(count.report())}\n`);
const timer = setInterval(report, 200);
process.stdin.resume();
process.stdin.on('end', () => {
  clearInterval(timer);
  count.close();
  report();
  for (const end of ends) end();
  process.exit(0);
});
