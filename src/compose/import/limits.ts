import { isMap, type Node } from 'yaml';
import type { Draft } from './draft.ts';
import { at, type Scope } from './scope.ts';

/** Sizes as compose files write them (`512m`, `1g`: powers of 1024) in ours. */
export function sizeOf(text: string): string {
  const form = /^(\d+(?:\.\d+)?)\s*([bkmgt])?(?:i?b)?$/i.exec(text);
  const unit = form?.[2]?.toLowerCase() ?? 'b';
  if (!form) return text;
  return unit === 'b' ? (form[1] ?? '') : `${form[1] ?? ''}${unit.toUpperCase()}iB`;
}

/** `deploy:` of a compose file. */
export function readDeploy(scope: Scope, draft: Draft, node: Node, key: string): void {
  for (const entry of scope.entries(node)) {
    const inner = `${key}.${entry.key}`;
    if (entry.key === 'resources') readResources(scope, draft, entry.value, inner);
    else if (entry.key === 'restart_policy') {
      const condition = at(scope, entry.value, 'condition');
      const said = condition ? scope.text(condition, inner) : 'any';
      draft.restart ??= said === 'none' ? 'no' : said === 'on-failure' ? said : 'always';
    } else if (entry.key === 'replicas' && entry.value && scope.text(entry.value, inner) === '1') continue;
    else scope.note('left out', entry.keyNode, inner, told[entry.key] ?? 'Swarm alone knows it');
  }
}

const told: Readonly<Record<string, string>> = {
  replicas: 'each host has one container of the service: add hosts',
  update_config: 'see deploy.strategy: rolling, with batch and pause',
  rollback_config: 'a release goes back at once, on all hosts',
  placement: 'deploy.hosts are where it runs',
  labels: 'labels of a Swarm service',
  mode: 'each host has one container of the service',
};

function readResources(scope: Scope, draft: Draft, node: Node | undefined, key: string): void {
  const limits = at(scope, node, 'limits');
  for (const { key: name, value, keyNode } of scope.entries(limits)) {
    const inner = `${key}.limits.${name}`;
    if (name === 'memory') draft.memory = sizeOf(scope.text(value, inner));
    else if (name === 'cpus') draft.cpus = scope.text(value, inner);
    else if (name === 'pids') draft.pids = Number(scope.text(value, inner));
    else scope.note('left out', keyNode, inner, 'a limit that Coracle does not set');
  }
  const reserved = at(scope, node, 'reservations');
  if (reserved) scope.note('left out', reserved, `${key}.reservations`, 'nothing is reserved on hosts');
}

/** `logging:`; rotation is set whatever it says. */
export function readLogging(scope: Scope, draft: Draft, node: Node, key: string): void {
  const driver = at(scope, node, 'driver');
  const name = driver ? scope.text(driver, key) : 'json-file';
  if (name !== 'json-file' && name !== 'local') {
    scope.note(
      'left out',
      driver,
      `${key}.driver`,
      `logs are kept in files on the host; ${name} is not set up`,
    );
    return;
  }
  const options = at(scope, node, 'options');
  if (!isMap(options)) return;
  const [size, files] = [at(scope, options, 'max-size'), at(scope, options, 'max-file')];
  draft.logging = {
    ...(size && { size: sizeOf(scope.text(size, key)) }),
    ...(files && { files: Number(scope.text(files, key)) }),
  };
}
