import { isMap, type Node } from 'yaml';
import type { Draft } from './draft.ts';
import { at, rawOf, type Scope } from './scope.ts';

const known = new Set(['context', 'dockerfile', 'target', 'args']);

/** `build:`, a context or a map. */
export function readBuild(scope: Scope, draft: Draft, node: Node, key: string): void {
  if (!isMap(node)) {
    draft.build = { context: contextOf(scope, node, key) };
    return;
  }
  const value = (name: string): string | undefined => {
    const inner = at(scope, node, name);
    return inner && scope.text(inner, `${key}.${name}`);
  };
  const context = at(scope, node, 'context');
  const [file, target, args] = [value('dockerfile'), value('target'), at(scope, node, 'args')];
  draft.build = {
    context: context ? contextOf(scope, context, key) : '.',
    ...(file !== undefined && { file }),
    ...(target !== undefined && { target }),
    ...(args && { args: argsOf(scope, args, `${key}.args`) }),
  };
  for (const entry of scope.entries(node)) {
    if (!known.has(entry.key) && !entry.key.startsWith('x-'))
      scope.note(
        'left out',
        entry.keyNode,
        `${key}.${entry.key}`,
        'see the flags of coracle build for what it has of it',
      );
  }
}

function contextOf(scope: Scope, node: Node, key: string): string {
  const context = scope.text(node, key);
  if (!/^\.?\/?$/.test(context))
    scope.note('to do', node, key, `the context is ${context}: put coracle.yaml there`);
  return context;
}

function argsOf(scope: Scope, node: Node, key: string): Record<string, string> {
  const args: Record<string, string> = {};
  const set = (name: string, value: Node | undefined, raw: string | undefined): void => {
    if (raw === undefined)
      scope.note(
        'to do',
        value ?? node,
        `${key}.${name}`,
        `it has the value of your environment: build with --build-arg ${name}`,
      );
    else args[name] = scope.text(value, `${key}.${name}`, raw);
  };
  if (isMap(node)) {
    for (const entry of scope.entries(node))
      set(entry.key, entry.value, entry.value && rawOf(scope.yaml, entry.value, key));
    return args;
  }
  for (const item of scope.items(node)) {
    const text = rawOf(scope.yaml, item, key);
    const equals = text.indexOf('=');
    set(equals < 0 ? text : text.slice(0, equals), item, equals < 0 ? undefined : text.slice(equals + 1));
  }
  return args;
}
