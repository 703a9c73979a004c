/** A program of tests: shows a deploy of three hosts on its terminal, until a line comes on its standard input. */
import { createInterface } from 'node:readline';
import { terminalView } from '../../../src/cli/tty.ts';
import { phases } from '../../../src/core/event.ts';

const view = terminalView(process.env);
const hosts = ['web1', 'web2', 'web3'];
const at = Date.now();
for (const host of hosts)
  for (const phase of phases.slice(0, 4)) {
    view.event({ kind: 'host', host, phase, state: 'started', at });
    view.event({ kind: 'host', host, phase, state: 'done', at: at + 400 });
  }
for (const host of hosts)
  view.event({ kind: 'host', host, phase: 'shift', state: 'started', at, note: '25 %' });
view.event({
  kind: 'traffic',
  at,
  share: 25,
  fresh: { requests: 1204, errors: 0, latency: 12 },
  old: { requests: 3611, errors: 2, latency: 11 },
  left: 600_000,
});
for await (const line of createInterface({ input: process.stdin })) {
  view.event({ kind: 'warning', message: line });
  view.event({ kind: 'host', host: 'web2', phase: 'shift', state: 'failed', at, note: '5 % errors' });
  for (const host of ['web1', 'web3'])
    view.event({ kind: 'host', host, phase: 'shift', state: 'undone', at });
  break;
}
view.end();
process.exit();
