/** What a token allows: `repository:NAME:pull,push`, each resource once, resources and actions sorted. */
export type Scopes = readonly string[];

export function repositoryScope(
  repository: string,
  ...actions: readonly ('pull' | 'push' | 'delete')[]
): string {
  return `repository:${repository}:${actions.join(',')}`;
}

/** One entry for each resource with the actions of all, so that a token for two uses of one repository is asked for once. */
export function mergeScopes(...lists: readonly Scopes[]): Scopes {
  const actions = new Map<string, Set<string>>();
  for (const scope of lists.flat()) {
    const colon = scope.lastIndexOf(':');
    if (colon < 0) continue;
    const resource = scope.slice(0, colon);
    const known = actions.get(resource) ?? new Set();
    for (const action of scope.slice(colon + 1).split(',')) if (action !== '') known.add(action);
    actions.set(resource, known);
  }
  return [...actions].map(([resource, set]) => `${resource}:${[...set].sort().join(',')}`).sort();
}

/** True when a token for `held` also serves `wanted`. */
export function covers(held: Scopes, wanted: Scopes): boolean {
  const both = mergeScopes(held, wanted);
  const normal = mergeScopes(held);
  return both.length === normal.length && both.every((scope, index) => scope === normal[index]);
}
