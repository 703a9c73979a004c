import path from 'node:path';
import type { CiServer, CiWritten } from '../../ci/init.ts';
import { row } from '../rows.ts';
import { safe } from '../safe.ts';
import type { Style } from '../style.ts';

/** What was written, what it does when, and the secrets that it needs. */
export function renderCiInit(
  server: CiServer,
  { file, facts }: CiWritten,
  view: { readonly style: Style; readonly columns: number },
  cwd: string,
): string {
  const line = (name: string, text: string): string => row(name, safe(text), { ...view, indent: 10 });
  const target = facts.targets.map(({ environment, on }) => {
    const where = environment === undefined ? 'deployed' : `shipped to ${environment}`;
    return line(on === 'branch' ? facts.branch : 'tags v*', `${where}, one at a time`);
  });
  const login =
    facts.registry === undefined || facts.registry === 'ghcr.io' || /(^|\.)gitlab\./.test(facts.registry)
      ? []
      : ['REGISTRY_USERNAME', 'REGISTRY_PASSWORD'];
  const secrets =
    facts.targets.length === 0 ? [] : ['SSH_PRIVATE_KEY', 'SSH_KNOWN_HOSTS', ...login, ...facts.secrets];
  const where =
    server === 'github'
      ? 'as secrets of the environment, in Settings, Environments'
      : 'as protected variables, in Settings, CI/CD; the two of ssh of the type File';
  return `${[
    `wrote ${view.style.bold(safe(path.relative(cwd, file)))}`,
    line(
      server === 'github' ? 'pulls' : 'merges',
      'tested, built and held against the budget, without secrets',
    ),
    ...target,
    ...(facts.others.length === 0 ? [] : [line('not', `${facts.others.join(', ')}: no push deploys there`)]),
    ...(secrets.length === 0 ? [] : [line('secrets', `${secrets.join(', ')}: ${where}`)]),
    line('next', view.style.cyan('commit it; docs/ci.md explains it')),
  ].join('\n')}\n`;
}
