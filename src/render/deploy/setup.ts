import type { PlannedServer } from '../../deploy/tidy/setup/setup.ts';
import { safe } from '../safe.ts';
import type { Style } from '../style.ts';
import { wrap } from '../wrap.ts';

const widest = 100;

/** What would be done to each server and why, and what its owner should know. */
export function renderPlan(servers: readonly PlannedServer[], style: Style, columns: number): string {
  return servers.map((server) => renderServer(server, style, Math.min(columns, widest))).join('\n\n');
}

function renderServer({ host, facts, plan }: PlannedServer, style: Style, columns: number): string {
  const rights = facts.root ? 'root' : facts.sudo ? `${facts.user}, with sudo` : facts.user;
  const indented = (text: string, indent: number): string[] =>
    wrap(safe(text).replaceAll('\n', ' '), columns - indent).map((line) => ' '.repeat(indent) + line);
  const steps = plan.steps.flatMap(({ title, because, script, values }, index) => [
    `  ${index + 1}. ${style.bold(safe(title))}`,
    ...indented(because, 5),
    ...Object.values(values ?? {}).flatMap((text) => quoted(text, style)),
    ...quoted(script, style),
  ]);
  return [
    `${style.bold(safe(host.name))}  ${safe(facts.osName)}, as ${safe(rights)}`,
    ...(steps.length === 0 ? [`  ${style.green('nothing to do')}`] : steps),
    ...(plan.blocked === '' ? [] : indented(plan.blocked, 2).map((line) => style.red(line))),
    ...plan.hints.flatMap((hint) =>
      indented(hint, 4).map((line, at) => (at === 0 ? `  ${style.cyan('-')}${line.slice(3)}` : line)),
    ),
  ].join('\n');
}

function quoted(text: string, style: Style): string[] {
  return safe(text)
    .trimEnd()
    .split('\n')
    .map((line) => style.dim(`     | ${line}`));
}
