import { isMap, type Node } from 'yaml';
import type { Draft } from './draft.ts';
import { at, isYes, type Scope } from './scope.ts';

/** `volumes:`, short (`data:/data:ro`) or long. */
export function readVolumes(
  scope: Scope,
  draft: Draft,
  node: Node,
  key: string,
  top: Node | undefined,
): void {
  for (const item of scope.items(node)) {
    if (isMap(item)) readLong(scope, draft, item, key, top);
    else readShort(scope, draft, item, key, top);
  }
}

function readLong(scope: Scope, draft: Draft, node: Node, key: string, top: Node | undefined): void {
  const value = (name: string): string | undefined => {
    const inner = at(scope, node, name);
    return inner && scope.text(inner, `${key}.${name}`);
  };
  const target = value('target') ?? '';
  const type = value('type') ?? 'volume';
  if (type === 'tmpfs') draft.tmpfs.push(target);
  else if (type === 'volume' || type === 'bind')
    add(scope, draft, node, key, value('source'), target, isYes(at(scope, node, 'read_only')), top);
  else scope.note('left out', node, key, `a mount of type ${type}`);
}

function readShort(scope: Scope, draft: Draft, node: Node, key: string, top: Node | undefined): void {
  const text = scope.text(node, key);
  const parts = text.split(':');
  const [first = '', second, modes = ''] = parts;
  if (second === undefined) return add(scope, draft, node, key, undefined, first, false, top);
  const options = modes.split(',').filter((option) => option !== '' && option !== 'rw' && option !== 'ro');
  if (options.length > 0) scope.note('left out', node, key, `the option ${options.join(', ')} of a volume`);
  add(scope, draft, node, key, first, second, modes.split(',').includes('ro'), top);
}

function add(
  scope: Scope,
  draft: Draft,
  node: Node,
  key: string,
  source: string | undefined,
  target: string,
  readOnly: boolean,
  top: Node | undefined,
): void {
  if (source !== undefined && /^[.~]|^[^/]+\//.test(source)) {
    scope.note(
      'left out',
      node,
      key,
      `${source} is a path of this machine, relative to the file; on hosts it must be absolute, or part of the image`,
    );
    return;
  }
  const name = source ?? `${draft.name}-${target.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')}`;
  if (source === undefined)
    scope.note(
      'differs',
      node,
      key,
      `the volume without a name at ${target} is called ${name} now, and outlives containers`,
    );
  if (!name.startsWith('/')) checkDeclared(scope, node, key, name, top);
  draft.volumes.push(`${name}:${target}${readOnly ? ':ro' : ''}`);
}

function checkDeclared(scope: Scope, node: Node, key: string, name: string, top: Node | undefined): void {
  const declared = at(scope, top, name);
  const [external, called] = [at(scope, declared, 'external'), at(scope, declared, 'name')];
  if (isYes(external) || called)
    scope.note(
      'differs',
      node,
      key,
      `on hosts the volume is SERVICE-${name}, not one that is there already: copy its data, or mount a path`,
    );
  const driver = at(scope, declared, 'driver_opts') ?? at(scope, declared, 'driver');
  if (driver && !(at(scope, declared, 'driver') === driver && scope.text(driver, key) === 'local'))
    scope.note('left out', driver, `volumes.${name}`, 'drivers of volumes and their options');
}
